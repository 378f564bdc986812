import { createHmac } from 'node:crypto';
import { call, type Person, team } from '@tests/support/accounts';
import {
  auditOf,
  eventsOf,
  gitHubHeaders,
  inboundAt,
  jobsOf,
  opened,
  receiverWithoutStore,
  send,
} from '@tests/support/inbound-webhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { GET as health } from '@/app/api/webhooks/[target]/health/route';
import { POST as replay } from '@/app/api/webhooks/[target]/received/[eventId]/replay/route';
import { GET as received } from '@/app/api/webhooks/[target]/received/route';
import { POST as rotate } from '@/app/api/webhooks/[target]/rotate/route';
import { DELETE as remove } from '@/app/api/webhooks/[target]/route';
import { GET as readEndpoint } from '@/app/api/webhooks/endpoints/[id]/route';
import { GET as list, POST as register } from '@/app/api/webhooks/route';
import { outboxModel } from '@/core/events/outbox';
import { InboundProcessor } from '@/features/integrations/inbound/processor';
import type { InboundProvider } from '@/features/integrations/inbound/providers.data';
import { WebhookReceiver } from '@/features/integrations/inbound/receiver';
import { InboundRepository } from '@/features/integrations/inbound/repository';
import { type InboundEventView, inboundRegistrationModel } from '@/features/integrations/inbound/schema';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;
let stranger: { owner: Person; organizationId: string };

beforeAll(async () => {
  const made = await team({ ada: 'admin' });
  organizationId = made.organizationId;
  admin = made.ada;
  stranger = await team();
});

const open = (providerId: InboundProvider, more: Record<string, unknown> = {}) =>
  opened({ as: admin, organizationId }, { providerId, ...more });

describe('a delivery', () => {
  it('is kept with its job before it is acknowledged, once however often and however many at once it is sent', async () => {
    const { id, secret } = await open('github');
    const text = '{"action":"opened","title":"ä"}';
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send(id, text, gitHubHeaders(text, secret ?? ''))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const [event, ...others] = await eventsOf(id);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ organizationId, topic: 'issues', body: text });
    expect(await jobsOf(event?.id ?? '')).toBe(1);
    await InboundProcessor.getInstance().process(event?.id ?? '', false);
    await InboundProcessor.getInstance().process(event?.id ?? '', false);
    expect((await eventsOf(id))[0]?.status).toBe('processed');
    const announced = await core.db.find(
      core.db.collection(outboxModel).where('event', '==', 'webhook_received'),
    );
    expect(announced.filter(({ payload }) => payload.includes(id))).toHaveLength(1);
  });

  it('that is altered, unsigned or signed by another is refused, written down, and changes nothing', async () => {
    const { id, secret } = await open('github');
    const text = '{"action":"opened"}';
    const good = gitHubHeaders(text, secret ?? '');
    const refused: [string, Record<string, string>, string][] = [
      [text.replace('o', 'p'), good, 'signature_mismatch'],
      [
        text,
        { ...good, 'x-hub-signature-256': good['x-hub-signature-256'].slice(0, -1) },
        'signature_mismatch',
      ],
      [text, gitHubHeaders(text, 'another secret'), 'signature_mismatch'],
      [text, { 'x-github-delivery': 'd-1' }, 'header_missing'],
    ];
    for (const [body, headers] of refused) expect((await send(id, body, headers)).status).toBe(401);
    expect(await eventsOf(id)).toEqual([]);
    const audit = await auditOf(id);
    expect(audit.map(({ reason }) => reason).sort()).toEqual(refused.map(([, , reason]) => reason).sort());
    expect(JSON.stringify(audit)).not.toContain('opened');
    const known = await core.db.get(core.db.doc(inboundRegistrationModel, id));
    expect(known).toMatchObject({ status: 'active', failureCount: 0, verified: false });
    expect((await send(id, text, good)).status).toBe(200);
  });

  it('for nobody is 404, for a disabled address 410, over 4 MiB 413, and large ones are kept whole', async () => {
    const { id, secret } = await open('github');
    expect((await send('in_nobody', '{}', gitHubHeaders('{}', 'x'))).status).toBe(404);
    expect((await send('a.b.c', '{}', {})).status).toBe(404);
    const bytes = Uint8Array.from(
      Buffer.concat([Buffer.from('{"action":"x","t":"'), Buffer.alloc(2_000_001, 'a'), Buffer.from('"}')]),
    );
    expect((await send(id, bytes, gitHubHeaders(bytes, secret ?? ''))).status).toBe(200);
    const [event] = await eventsOf(id);
    expect(event?.body).toBeNull();
    if (!event) throw new Error('not kept');
    expect(Buffer.compare(await new InboundRepository(core.db).bodyOf(event), bytes)).toBe(0);
    const tooLarge = new Uint8Array(4 * 1024 * 1024 + 1);
    expect((await send(id, tooLarge, gitHubHeaders(tooLarge, secret ?? ''))).status).toBe(413);
    await core.db.update(core.db.doc(inboundRegistrationModel, id), { status: 'disabled' });
    WebhookReceiver.getInstance().forget(id);
    expect((await send(id, '{}', gitHubHeaders('{}', secret ?? '', 'd-2'))).status).toBe(410);
  });

  it('that verifies and cannot be read is acknowledged, kept and not processed', async () => {
    const { id, secret } = await open('github');
    expect((await send(id, '{"action":', gitHubHeaders('{"action":', secret ?? ''))).status).toBe(200);
    const [event] = await eventsOf(id);
    expect(event).toMatchObject({ status: 'unparseable', body: '{"action":' });
    expect(await jobsOf(event?.id ?? '')).toBe(0);
    expect((await auditOf(id)).map(({ outcome }) => outcome)).toEqual(['unparseable']);
  });

  it('is answered 503 while the store is away, and its repetition is handled once', async () => {
    const { id, secret } = await open('github');
    const away = receiverWithoutStore();
    const request = new Request(`http://localhost:3000/api/webhooks/${id}/events`, {
      method: 'POST',
      headers: gitHubHeaders('{}', secret ?? ''),
    });
    await expect(away.receive(id, request, Buffer.from('{}'))).rejects.toMatchObject({ code: 14 });
    expect(await eventsOf(id)).toEqual([]);
    for (let time = 0; time < 2; time += 1)
      expect((await send(id, '{}', gitHubHeaders('{}', secret ?? ''))).status).toBe(200);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('forged sixty times a minute is not looked at any more, while the vendor is', async () => {
    const { id, secret } = await open('github');
    const forger = { 'x-forwarded-for': '198.51.100.77' };
    const statuses: number[] = [];
    for (let time = 0; time < 62; time += 1)
      statuses.push((await send(id, '{}', { ...gitHubHeaders('{}', 'forged'), ...forger })).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(60);
    expect(statuses.at(-1)).toBe(429);
    expect((await send(id, '{}', { ...gitHubHeaders('{}', secret ?? ''), ...forger })).status).toBe(429);
    expect((await send(id, '{}', gitHubHeaders('{}', secret ?? ''))).status).toBe(200);
    expect(await auditOf(id)).toHaveLength(60);
  });
});

it('a rotation lets both secrets verify for a day, in processes that have not heard of it too', async () => {
  const { clock, management, actor, deliver, receiver } = inboundAt('2026-03-02T09:00:00Z', {
    as: admin,
    organizationId,
  });
  const { id, secret: old } = await open('github');
  await deliver(id, '{}', gitHubHeaders('{}', old ?? '', 'a'));
  const other = new WebhookReceiver(receiver.deps);
  const request = (secret: string, delivery: string) =>
    new Request('http://x/api/webhooks/y/events', {
      method: 'POST',
      headers: gitHubHeaders('{}', secret, delivery),
    });
  await other.receive(id, request(old ?? '', 'b'), Buffer.from('{}'));
  const { secret: fresh } = await management.rotate(actor, id, { keepOldHours: 24 });
  await other.receive(id, request(fresh ?? '', 'c'), Buffer.from('{}'));
  await deliver(id, '{}', gitHubHeaders('{}', old ?? '', 'd'));
  await deliver(id, '{}', gitHubHeaders('{}', fresh ?? '', 'e'));
  clock.advance(24 * 3600_000 + 1);
  receiver.forget(id);
  await expect(deliver(id, '{}', gitHubHeaders('{}', old ?? '', 'f'))).rejects.toMatchObject({ status: 401 });
  await deliver(id, '{}', gitHubHeaders('{}', fresh ?? '', 'g'));
  expect(await eventsOf(id)).toHaveLength(6);
});

it('five failures in a row mark an address as failing, a day of it switches it off, a success resets it', async () => {
  const { clock, queue, jobs, actor, management, deliver } = inboundAt('2026-03-02T09:00:00Z', {
    as: admin,
    organizationId,
  });
  const { id, secret } = await open('generic');
  let broken = true;
  const repository = new InboundRepository(core.db);
  const processor = new InboundProcessor({
    ...InboundProcessor.getInstance().deps,
    repository,
    jobs,
    clock,
    consumers: new Map([
      [
        'generic',
        async () => {
          if (broken) throw new Error('The vendor is away.');
        },
      ],
    ]),
  });
  const key = Buffer.from((secret ?? '').replace('whsec_', ''), 'base64');
  for (let time = 1; time <= 5; time += 1) {
    const stamp = String(clock.now().getTime() / 1000);
    const signature = createHmac('sha256', key).update(`m${time}.${stamp}.{}`).digest('base64');
    await deliver(id, '{}', {
      'webhook-id': `m${time}`,
      'webhook-timestamp': stamp,
      'webhook-signature': `v1,${signature}`,
    });
  }
  const events = await eventsOf(id);
  expect(events).toHaveLength(5);
  const state = async () => core.db.get(core.db.doc(inboundRegistrationModel, id));
  for (const [index, event] of events.entries()) {
    await expect(processor.process(event.id, false)).rejects.toThrow('away');
    expect((await state())?.failureCount).toBe(index);
    await expect(processor.process(event.id, true)).rejects.toThrow('away');
    expect((await state())?.status).toBe(index < 4 ? 'active' : 'failing');
  }
  const [first] = events;
  broken = false;
  await management.replay(actor, id, first?.id ?? '');
  expect(queue).toHaveLength(1);
  await processor.process(first?.id ?? '', false);
  expect(await state()).toMatchObject({ status: 'active', failureCount: 0, failingSince: null });
  await core.db.update(core.db.doc(inboundRegistrationModel, id), {
    status: 'failing',
    failingSince: clock.now(),
  });
  clock.advance(24 * 3600_000 - 60_000);
  await processor.sweep();
  expect((await state())?.status).toBe('failing');
  clock.advance(61_000);
  await processor.sweep();
  expect(await state()).toMatchObject({ status: 'disabled', disabledReason: 'exhausted' });
});

it('a delivery whose webhook was deleted before its turn is not processed', async () => {
  const { management, actor, deliver } = inboundAt('2026-03-02T09:00:00Z', { as: admin, organizationId });
  const { id, secret } = await open('github');
  await deliver(id, '{}', gitHubHeaders('{}', secret ?? ''));
  await management.delete(actor, id);
  const [event] = await eventsOf(id);
  await InboundProcessor.getInstance().process(event?.id ?? '', false);
  expect((await eventsOf(id))[0]).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('deleted'),
  });
});

it('a delivery whose job was lost with its queue gets another', async () => {
  const { clock, queue, jobs, deliver } = inboundAt('2026-03-02T09:00:00Z', { as: admin, organizationId });
  const { id, secret } = await open('github');
  await deliver(id, '{}', gitHubHeaders('{}', secret ?? ''));
  const [event] = await eventsOf(id);
  const processor = new InboundProcessor({ ...InboundProcessor.getInstance().deps, jobs, clock });
  const mine = () => queue.filter(({ payload }) => (payload as { eventId: string }).eventId === event?.id);
  await processor.sweep();
  expect(mine()).toEqual([]);
  clock.advance(11 * 60_000);
  await processor.sweep();
  await processor.sweep();
  expect(mine()).toHaveLength(1);
});

describe('management', () => {
  it('keeps registrations of others away, and secrets out of every answer but the first', async () => {
    const { id, secret } = await open('github');
    await send(id, '{}', gitHubHeaders('{}', secret ?? ''));
    const [event] = await eventsOf(id);
    const foreign = { as: stranger.owner, organizationId: stranger.organizationId };
    const own = { as: admin, organizationId };
    const paths = [
      [health, 'health', 'GET'],
      [received, 'received', 'GET'],
      [rotate, 'rotate', 'POST'],
      [replay, `received/${event?.id}/replay`, 'POST'],
    ] as const;
    for (const [handler, path, method] of paths) {
      const body = method === 'POST' && handler !== replay ? { body: {} } : {};
      expect([
        path,
        (await call(handler, { path: `/api/webhooks/${id}/${path}`, ...body, ...foreign })).status,
      ]).toEqual([path, 404]);
    }
    expect((await call(remove, { path: `/api/webhooks/${id}`, ...foreign })).status).toBe(404);
    expect((await call(readEndpoint, { path: `/api/webhooks/endpoints/${id}`, ...own })).status).toBe(404);
    const listed = await call(list, { path: '/api/webhooks', ...own });
    const log = await call<{ items: InboundEventView[] }>(received, {
      path: `/api/webhooks/${id}/received`,
      ...own,
    });
    expect(log.json.items).toMatchObject([{ id: event?.id, preview: '{}' }]);
    expect(listed.text + log.text).not.toContain(secret);
    expect(
      (await call(replay, { path: `/api/webhooks/${id}/received/${event?.id}/replay`, ...own })).status,
    ).toBe(409);
    expect((await call(remove, { path: `/api/webhooks/${id}`, ...own })).status).toBe(204);
    expect((await send(id, '{}', gitHubHeaders('{}', secret ?? '', 'd-9'))).status).toBe(404);
  });

  it('says which secret or setting lacks', async () => {
    const asked = (body: Record<string, unknown>) =>
      call<{ errors: { path: string }[] }>(register, {
        path: '/api/webhooks',
        as: admin,
        organizationId,
        body,
      });
    expect((await asked({ providerId: 'slack' })).json.errors[0]?.path).toBe('body.secret');
    expect((await asked({ providerId: 'notion', secret: 'of my own 123' })).json.errors[0]?.path).toBe(
      'body.secret',
    );
    expect((await asked({ providerId: 'generic', secret: 'whsec_short' })).json.errors[0]?.path).toBe(
      'body.secret',
    );
    expect(
      (await asked({ providerId: 'salesforce', settings: { allowedIps: ['10.0.0.0/99'] } })).json.errors[0]
        ?.path,
    ).toBe('body.settings.allowedIps.0');
    expect((await asked({ providerId: 'elsewhere' })).json.errors[0]?.path).toBe('body.providerId');
  });
});
