import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { call, type Person, team } from '@tests/support/accounts';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { POST as replay } from '@/app/api/webhooks/endpoints/[id]/deliveries/[deliveryId]/replay/route';
import { GET as listDeliveries } from '@/app/api/webhooks/endpoints/[id]/deliveries/route';
import { POST as ping } from '@/app/api/webhooks/endpoints/[id]/ping/route';
import { POST as rotate } from '@/app/api/webhooks/endpoints/[id]/rotate/route';
import { PATCH as change, GET as read, DELETE as remove } from '@/app/api/webhooks/endpoints/[id]/route';
import { POST as create, GET as list } from '@/app/api/webhooks/endpoints/route';
import { outboxModel } from '@/core/events/outbox';
import { OutboundHttp } from '@/core/http/outbound';
import type { JobRequest } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import { WebhookDeliverer } from '@/features/integrations/deliverer';
import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { ANNOUNCED } from '@/features/integrations/handlers';
import { WebhookRepository } from '@/features/integrations/repository';
import type { CreatedEndpointView, DeliveryView, EndpointView } from '@/features/integrations/schema';
import { WEBHOOK_EVENTS } from '@/features/integrations/webhook-events.data';
import { core } from '@/server/core';

/** A receiver that can be down, slow to agree, or gone. */
const receiver = {
  answer: 200,
  got: [] as { headers: Record<string, string>; body: string }[],
  url: '',
};
const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    if (receiver.answer < 300)
      receiver.got.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(receiver.answer, receiver.answer === 302 ? { location: '/elsewhere' } : {});
    response.end(`answer ${receiver.answer}`);
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  receiver.answer = 200;
  receiver.got = [];
});

/** The product's own sender with a clock that tests move, and a queue that hands out what is due at that clock. */
function senderAt(start: string) {
  const clock = new FixedClock(start);
  const queue: JobRequest[] = [];
  const keys = new Set<string>();
  const deliverer = new WebhookDeliverer({
    ...singleton<WebhookDeliverer>('WebhookDeliverer').deps,
    http: new OutboundHttp({ allowHosts: ['127.0.0.1'], clock }),
    jobs: {
      async enqueue(request) {
        const key = request.idempotencyKey ?? '';
        const created = !keys.has(key);
        keys.add(key);
        if (created) queue.push(request);
        return { jobId: key, created };
      },
    },
    clock,
  });
  const endpoints = new WebhookEndpointService({
    ...WebhookEndpointService.getInstance().deps,
    deliverer,
    clock,
    refusal: async () => undefined,
    allowHosts: ['127.0.0.1'],
  });
  /** Runs every job due by then, moving the clock to each. */
  const until = async (moment: Date) => {
    for (;;) {
      queue.sort((a, b) => (a.runAt?.getTime() ?? 0) - (b.runAt?.getTime() ?? 0));
      const [next] = queue;
      if (!next || (next.runAt ?? moment) > moment) break;
      queue.shift();
      if (next.runAt && next.runAt > clock.now()) clock.set(next.runAt);
      await deliverer.attempt((next.payload as { deliveryId: string }).deliveryId);
    }
    clock.set(moment);
  };
  const later = (minutes: number) => until(new Date(clock.now().getTime() + minutes * 60_000));
  return { clock, queue, deliverer, endpoints, later };
}

async function world(start = '2026-03-02T09:00:00Z') {
  const made = await team({ ada: 'admin' });
  const sender = senderAt(start);
  const actor = {
    userId: made.ada.uid,
    organizationId: made.organizationId,
    role: 'admin' as const,
    permissions: new Set<string>(),
    channelIds: [],
  };
  const endpoint = await sender.endpoints.create(actor, {
    url: receiver.url,
    description: '',
    events: ['post.*'],
  });
  const announce = (eventId: string, source = 'post.failed') =>
    sender.deliverer.announce({
      source,
      eventId: `${eventId}_${made.organizationId}`,
      occurredAt: sender.clock.now(),
      organizationId: made.organizationId,
      data: { postId: eventId },
    });
  return { ...made, ...sender, actor, endpoint, announce };
}

const verified = (secret: string, message: { headers: Record<string, string>; body: string }, at: Date) => {
  const realNow = Date.now;
  // The library reads the machine's clock for its five minutes of tolerance.
  Date.now = () => at.getTime();
  try {
    return new Webhook(secret).verify(message.body, message.headers) as { id: string; type: string };
  } finally {
    Date.now = realNow;
  }
};

describe('delivery', () => {
  it('reaches a receiver that was down for an hour: every event, signed, once per id', async () => {
    const { announce, later, endpoint, clock, endpoints, organizationId } = await world();
    receiver.answer = 503;
    const ids = Array.from({ length: 6 }, (_, n) => `evt_${n}`);
    for (const id of ids) {
      await announce(id);
      // The outbox may announce an event more than once.
      await announce(id);
      await later(10);
    }
    expect((await endpoints.get(organizationId, endpoint.id)).status).toBe('failing');
    const told = async (event: string) =>
      (await core.db.find(core.db.collection(outboxModel).where('event', '==', event))).filter(
        ({ payload }) => payload.includes(endpoint.id),
      );
    expect(await told('webhook_failing')).toHaveLength(1);
    expect(await told('webhook_recovered')).toEqual([]);
    receiver.answer = 204;
    await later(180);
    expect([await told('webhook_failing'), await told('webhook_recovered')]).toMatchObject([
      { length: 1 },
      { length: 1 },
    ]);
    const bodies = receiver.got.map((one) => verified(endpoint.secret, one, signedAt(one)));
    expect(bodies.map((one) => one.id).sort()).toEqual(ids.map((id) => `${id}_${organizationId}`));
    expect(new Set(bodies.map((one) => one.type))).toEqual(new Set(['post.failed']));
    expect(receiver.got.map((one) => one.headers['webhook-id']).sort()).toEqual(
      bodies.map((one) => one.id).sort(),
    );
    const [first] = receiver.got;
    const wrong = `whsec_${Buffer.from('another secret of enough length').toString('base64')}`;
    expect(() => first && verified(wrong, first, signedAt(first))).toThrow();
    expect(
      () => first && verified(endpoint.secret, { ...first, body: `${first.body} ` }, signedAt(first)),
    ).toThrow();
    await later(48 * 60);
    expect(receiver.got).toHaveLength(6);
    expect(await endpoints.get(organizationId, endpoint.id)).toMatchObject({
      status: 'active',
      failureCount: 0,
    });
    expect(clock.now().getTime()).toBeGreaterThan(0);
  });

  it('disables an endpoint after the last try, says so once, and sends again after a replay', async () => {
    const { announce, later, endpoint, endpoints, organizationId, actor, deliverer } = await world();
    receiver.answer = 500;
    await announce('evt_a');
    await later(41 * 60);
    expect((await endpoints.get(organizationId, endpoint.id)).status).toBe('failing');
    await later(3 * 60);
    expect(await endpoints.get(organizationId, endpoint.id)).toMatchObject({
      status: 'disabled',
      disabledReason: 'exhausted',
    });
    const page = await endpoints.deliveries(organizationId, endpoint.id, { limit: 10 });
    expect(page.items).toMatchObject([{ status: 'failed', tries: 8, nextAttemptAt: null }]);
    expect(page.items[0]?.attempts.at(-1)).toMatchObject({ responseStatus: 500, responseBody: 'answer 500' });
    const told = await core.db.find(core.db.collection(outboxModel).where('event', '==', 'webhook_disabled'));
    expect(told.filter((one) => one.payload.includes(endpoint.id))).toHaveLength(1);
    await announce('evt_b');
    expect((await endpoints.deliveries(organizationId, endpoint.id, { limit: 10 })).items).toHaveLength(1);
    const deliveryId = page.items[0]?.id ?? '';
    await expect(endpoints.replay(actor, endpoint.id, deliveryId)).rejects.toMatchObject({
      code: 'conflict',
    });
    await endpoints.change(actor, endpoint.id, { enabled: true });
    receiver.answer = 200;
    await endpoints.replay(actor, endpoint.id, deliveryId);
    await later(1);
    expect(receiver.got.map((one) => one.headers['webhook-id'])).toEqual([`evt_a_${organizationId}`]);
    expect(await deliverer.attempt(deliveryId)).toMatchObject({ status: 'delivered' });
    expect(receiver.got).toHaveLength(1);
  });

  it('signs with both secrets after a rotation, and with the new one alone when the old has ended', async () => {
    const { announce, later, endpoint, endpoints, actor } = await world();
    const second = await endpoints.rotate(actor, endpoint.id, { keepOldHours: 24 });
    await announce('evt_1');
    await later(1);
    const [both] = receiver.got;
    if (!both) throw new Error('nothing arrived');
    expect(both.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [endpoint.secret, second.secret])
      expect(verified(secret, both, signedAt(both)).type).toBe('post.failed');
    await later(25 * 60);
    await announce('evt_2');
    await later(1);
    const late = receiver.got[1];
    if (!late) throw new Error('nothing arrived');
    expect(verified(second.secret, late, signedAt(late)).type).toBe('post.failed');
    expect(() => verified(endpoint.secret, late, signedAt(late))).toThrow();
  });

  it('ends with an endpoint that is gone; follows no redirect; a lost job is made good', async () => {
    const { announce, later, endpoint, endpoints, organizationId, queue, deliverer, clock, actor } =
      await world();
    receiver.answer = 302;
    await announce('evt_r');
    await later(0);
    const redirected = await endpoints.deliveries(organizationId, endpoint.id, { limit: 1 });
    expect(redirected.items[0]).toMatchObject({ status: 'pending', tries: 1 });
    queue.length = 0;
    clock.advance(60 * 60_000);
    // Other tests of the shared database may have lost ones too.
    expect((await deliverer.sweep()).lost).toBeGreaterThan(0);
    receiver.answer = 410;
    await later(0);
    expect(await endpoints.get(organizationId, endpoint.id)).toMatchObject({
      status: 'disabled',
      disabledReason: 'gone',
    });
    await endpoints.change(actor, endpoint.id, { enabled: true });
    expect((await endpoints.ping(actor, endpoint.id)).status).toBe('failed');
    expect((await endpoints.get(organizationId, endpoint.id)).status).toBe('active');
  });

  it('never reaches a private address, not even one that was public when it was entered', async () => {
    const { deliverer, endpoint, actor, organizationId, endpoints } = await world();
    const guarded = new WebhookDeliverer({
      ...deliverer.deps,
      http: new OutboundHttp({ resolver: async () => [{ address: '10.0.0.5', family: 4 }] }),
    });
    const strict = new WebhookEndpointService({ ...endpoints.deps, deliverer: guarded });
    const answer = await strict.ping(actor, endpoint.id);
    expect(answer.attempts[0]).toMatchObject({
      responseStatus: null,
      error: 'This address is not on the public internet. Enter a public address.',
    });
    expect(receiver.got).toEqual([]);
    expect(organizationId).toBeTruthy();
  });

  it('covers every event it offers', () => {
    expect(ANNOUNCED.map((event) => event.name).sort()).toEqual(Object.keys(WEBHOOK_EVENTS).sort());
  });
});

describe('the API of endpoints', () => {
  const path = '/api/webhooks/endpoints';
  // An address on the public internet by its number: no name server is asked.
  const url = 'https://93.184.216.34/hooks';
  const make = (as: Person, body: Record<string, unknown> = {}) =>
    call<CreatedEndpointView>(create, { path, as, body: { url, events: ['post.*'], ...body } });

  it('shows a secret once, and stores it encrypted', async () => {
    const { ada } = await team({ ada: 'admin' });
    const made = await make(ada, { description: 'Warehouse' });
    expect(made.status).toBe(201);
    expect(made.json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{50,}={0,2}$/);
    const at = `${path}/${made.json.id}`;
    const again = await call<EndpointView>(read, { path: at, as: ada });
    expect(again.json).toMatchObject({ url, description: 'Warehouse', status: 'active' });
    const listed = await call<{ items: EndpointView[] }>(list, { path, as: ada });
    const stored = await core.db.get(new WebhookRepository(core.db).secretRef(made.json.id));
    const endpoint = await core.db.get(new WebhookRepository(core.db).endpointRef(made.json.id));
    for (const text of [again.text, listed.text, JSON.stringify(stored), JSON.stringify(endpoint)])
      expect(text).not.toContain(made.json.secret);
    const turned = await call<CreatedEndpointView>(rotate, { path: `${at}/rotate`, as: ada, body: {} });
    expect(turned.json.secrets.map((one) => one.hint)).toEqual([
      turned.json.secret.slice(-4),
      made.json.secret.slice(-4),
    ]);
    const switched = await call<EndpointView>(change, { path: at, as: ada, body: { enabled: false } });
    expect(switched.json).toMatchObject({ status: 'disabled', disabledReason: 'person' });
    expect((await call(remove, { path: at, as: ada })).status).toBe(204);
    expect((await call(read, { path: at, as: ada })).status).toBe(404);
    expect(await core.db.get(new WebhookRepository(core.db).secretRef(made.json.id))).toBeNull();
  });

  it('refuses addresses it may not call, and events that do not exist, with path and reason', async () => {
    const { ada } = await team({ ada: 'admin' });
    const fault = async (body: Record<string, unknown>) => {
      const answer = await make(ada, body);
      const { errors } = answer.json as unknown as { errors?: { path: string; message: string }[] };
      return [answer.status, errors?.[0]?.path];
    };
    for (const bad of [
      'http://127.0.0.1/hooks',
      'https://169.254.169.254/latest/meta-data',
      'https://[::1]/x',
      'https://10.1.2.3/x',
      'https://user:pass@93.184.216.34/x',
      'http://93.184.216.34/hooks',
      'ftp://93.184.216.34/x',
      'nonsense',
    ]) {
      expect([bad, ...(await fault({ url: bad }))]).toEqual([bad, 400, 'body.url']);
    }
    expect(await fault({ events: [] })).toEqual([400, 'body.events']);
    expect(await fault({ events: ['post.*', 'tokens.stolen'] })).toEqual([400, 'body.events.1']);
    expect((await call<{ items: unknown[] }>(list, { path, as: ada })).json.items).toEqual([]);
  });

  it('hides the endpoints and deliveries of others', async () => {
    const [mine, theirs] = [await team({ ada: 'admin' }), await team({ bob: 'admin' })];
    const { json } = await make(mine.ada);
    const at = `${path}/${json.id}`;
    const as = theirs.bob;
    const answers = [
      await call(read, { path: at, as }),
      await call(change, { path: at, as, body: { enabled: false } }),
      await call(remove, { path: at, as }),
      await call(rotate, { path: `${at}/rotate`, as, body: {} }),
      await call(ping, { path: `${at}/ping`, as }),
      await call<{ items: DeliveryView[] }>(listDeliveries, { path: `${at}/deliveries`, as }),
    ];
    expect(answers.map((one) => one.status)).toEqual(Array(6).fill(404));
    const own = await make(as);
    const foreign = await call(replay, {
      path: `${path}/${own.json.id}/deliveries/evt_x_${json.id}/replay`,
      as,
    });
    expect(foreign.status).toBe(404);
  });
});

function signedAt(message: { headers: Record<string, string> }): Date {
  return new Date(Number(message.headers['webhook-timestamp']) * 1000);
}
