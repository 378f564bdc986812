import { describe, expect, it } from 'vitest';
import type { SignedRequest } from '@/core/webhooks/signatures';
import { readEnvelope } from './envelope';
import { INBOUND_PROVIDERS, type InboundProvider } from './providers.data';
import { inboundSettingsSchema } from './schema';
import { isTrial, TRIAL_TOPIC, trialRequest } from './trial-request';
import { verifyArrival } from './verification';

const now = new Date('2026-11-21T10:00:00Z');
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const url = 'https://irisync.test/api/webhooks/in_1/events';
const settings = inboundSettingsSchema.parse({ channelId: 'channel-1' });
const tokens = { verify: async () => ({ ok: false, reason: 'malformed' }) as const };
const providers = Object.keys(INBOUND_PROVIDERS) as InboundProvider[];
const signers = providers.filter((one) => INBOUND_PROVIDERS[one].trial);

function made(providerId: InboundProvider, id = 'irisync-test-1'): SignedRequest {
  const request = trialRequest(providerId, { id, secret, url, settings, now });
  if (!request) throw new Error(`${providerId} is not signed`);
  const { headers, body } = request;
  return { method: 'POST', url, headers: new Headers(headers), body: Buffer.from(body) };
}
const verdict = (providerId: InboundProvider, request: SignedRequest, secrets = [secret]) =>
  verifyArrival({ providerId, request, ip: '::1', pathSecret: null, secrets, settings, now }, tokens);

const payloadIn = (form: string) =>
  atob(new URLSearchParams(form).get('signed_request')?.split('.')[1] ?? '');

describe('a test event', () => {
  it.each(signers)(
    'as %s signs verifies with the secret alone, is read and carries its label',
    async (one) => {
      const request = made(one);
      expect(await verdict(one, request)).toEqual({ ok: true });
      expect((await verdict(one, request, ['another secret of somebody'])).ok).toBe(false);
      expect(readEnvelope(one, request).kind).toBe('event');
      expect(isTrial(request, ['an older one', secret])).toBe(true);
      const text = Buffer.from(request.body).toString();
      const told = one === 'salesforce_canvas' ? payloadIn(text) : text;
      expect(one === 'google_channel' || told.includes('"irisync_test":true')).toBe(true);
      expect(text).not.toContain(secret);
    },
  );

  it('is two deliveries when it is sent twice', () => {
    for (const one of signers) {
      const shapes = ['irisync-test-1', 'irisync-test-2'].map((id) => {
        const request = made(one, id);
        const envelope = readEnvelope(one, request);
        return (
          (envelope.kind === 'event' && envelope.deliveryId) || Buffer.from(request.body).toString('base64')
        );
      });
      expect(new Set(shapes).size, one).toBe(2);
    }
  });

  it('is none without a label that only a holder of the secret can write', () => {
    const request = made('generic');
    const without = { ...request, headers: new Headers(request.headers) };
    without.headers.delete('x-irisync-test');
    const forged = { ...request, headers: new Headers(request.headers) };
    forged.headers.set('x-irisync-test', 'a'.repeat(64));
    const moved = { ...request, body: Buffer.from(`{"type":"${TRIAL_TOPIC}"}`) };
    for (const one of [without, forged, moved]) expect(isTrial(one, [secret])).toBe(false);
    expect(isTrial(request, [''])).toBe(false);
  });

  it('is not made where only the sender can sign or send', () => {
    const not = providers.filter((one) => !INBOUND_PROVIDERS[one].trial);
    expect(not).toEqual(['google_pubsub', 'salesforce']);
    for (const one of not) expect(trialRequest(one, { id: 'x', secret, url, settings, now })).toBeNull();
  });
});
