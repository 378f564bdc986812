import { api } from '@/client/api';
import type { PushAnswer } from '../push-schema';

export interface BrowserFacts {
  supported: boolean;
  permission: NotificationPermission;
  /** Of the subscription this browser holds, whoever made it; null without one. */
  endpointHash: string | null;
}

export type BrowserState = 'unsupported' | 'denied' | 'off' | 'on';

/**
 * How this browser stands. It is on only when the server knows its subscription as this person's: one that somebody else made
 * here, or that the push service has ended, is off. Pure.
 */
export function browserState(
  { supported, permission, endpointHash }: BrowserFacts,
  known: readonly { endpointHash: string }[],
): BrowserState {
  if (!supported) return 'unsupported';
  if (permission === 'denied') return 'denied';
  const ours = known.some((one) => one.endpointHash === endpointHash);
  return permission === 'granted' && ours ? 'on' : 'off';
}

/** Asks nobody anything. */
export async function browserFacts(): Promise<BrowserFacts> {
  const supported = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
  if (!supported) return { supported, permission: 'default', endpointHash: null };
  const subscription = await ownSubscription();
  return {
    supported,
    permission: Notification.permission,
    endpointHash: subscription && (await sha256hex(subscription.endpoint)),
  };
}

/** Asks the person, then subscribes. What they decline stays off. @throws ApiProblem, or what the browser says */
export async function turnOn(publicKey: string): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') return;
  await navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' });
  const { pushManager } = await navigator.serviceWorker.ready;
  // Of somebody who was signed in here before, or for keys of the past: theirs ends here.
  await (await pushManager.getSubscription())?.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  const { endpoint, keys, expirationTime } = made.toJSON();
  try {
    await api<PushAnswer>('POST', '/api/notifications/push', {
      body: { endpoint, keys, expirationTime: expirationTime ?? null },
    });
  } catch (error) {
    await made.unsubscribe();
    throw error;
  }
}

/** Tells the server first: should the browser fail after that, nothing is sent any more all the same. @throws ApiProblem */
export async function turnOff(id: string): Promise<void> {
  await forgetBrowser(id);
  await (await ownSubscription())?.unsubscribe();
}

export function forgetBrowser(id: string): Promise<void> {
  return api('DELETE', '/api/notifications/push', { query: { id } });
}

async function ownSubscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration('/');
  return (await registration?.pushManager.getSubscription()) ?? null;
}

async function sha256hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
