import { type FakeBrowser, FakePushService } from '@tests/fakes/push';
import webPush from 'web-push';

export interface PushWorld {
  service: FakePushService;
  publicKey: string;
  /** A browser that subscribed with our key. */
  browser(): FakeBrowser;
}

/** A push service that this file's product may call: call it before anything reads the settings. */
export async function ownPushService(): Promise<PushWorld> {
  const service = await new FakePushService().start();
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  process.env.VAPID_PUBLIC_KEY = publicKey;
  process.env.VAPID_PRIVATE_KEY = privateKey;
  process.env.VAPID_SUBJECT = 'mailto:operator@irisync.test';
  process.env.OUTBOUND_ALLOW_HOSTS = new URL(service.origin).host;
  return { service, publicKey, browser: () => service.browser(publicKey) };
}
