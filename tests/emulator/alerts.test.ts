import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getFirestore } from 'firebase-admin/firestore';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Db } from '@/core/db/db';
import { OutboundHttp } from '@/core/http/outbound';
import { randomIds } from '@/core/ids';
import { FixedClock } from '@/core/time/clock';
import { AlertRepository } from '@/features/health/alert-repository';
import type { AlertFacts } from '@/features/health/alert-rules';
import { type AlertNotice, AlertService, type AlertSink } from '@/features/health/alert-service';
import { ChatWebhookSink } from '@/features/health/providers/chat-webhook';

describe('alerts', () => {
  const apps: ReturnType<typeof initializeApp>[] = [];
  let db: Db;
  const clock = new FixedClock('2026-03-01T12:00:00Z');
  const told: AlertNotice[] = [];
  const ear: AlertSink = { name: 'ear', tell: async (notice) => void told.push(notice) };
  beforeEach(() => {
    // A project of its own: rules have one state each.
    const app = initializeApp({ projectId: `demo-alerts-${randomUUID().slice(0, 8)}` }, randomUUID());
    apps.push(app);
    db = new Db(getFirestore(app));
    clock.set('2026-03-01T12:00:00Z');
    told.length = 0;
  });
  afterAll(() => Promise.all(apps.map(deleteApp)));

  /** One process, whose counters the test sets. */
  const process = (sinks: AlertSink[] = [ear]) => {
    const state = { facts: {} as AlertFacts, depth: 0 };
    const service = new AlertService({
      repository: new AlertRepository(db),
      clock,
      ids: randomIds,
      facts: async () => ({ ...state.facts }),
      queueDepth: async () => state.depth,
      sinks,
    });
    return { state, service };
  };
  const changes = () => told.map(({ rule, change }) => `${rule.id} ${change}`);

  it('judge all processes together, tell once, remind, and say when it is over', async () => {
    const [one, two, cron] = [process(), process(), process()];
    // Neither alone has enough requests to be judged.
    one.state.facts = { requests: 60 };
    two.state.facts = { requests: 60, requestsFailed: 3 };
    await one.service.report();
    await two.service.report();
    expect(await cron.service.evaluate()).toEqual({ firing: 1, told: 1 });
    expect(told[0]).toMatchObject({ rule: { id: 'error_rate' }, change: 'fires', value: 3 / 120 });
    expect((await one.service.firing()).map(({ rule }) => rule.id)).toEqual(['error_rate']);

    clock.advance(60_000);
    expect(await cron.service.evaluate()).toEqual({ firing: 1, told: 0 });

    // Nothing new: after the window there is too little to judge, so it is over.
    clock.advance(5 * 60_000);
    expect(await cron.service.evaluate()).toEqual({ firing: 0, told: 1 });
    expect(changes()).toEqual(['error_rate fires', 'error_rate over']);
    expect(await one.service.firing()).toEqual([]);
  });

  it('remind every six hours while it lasts', async () => {
    const { state, service } = process();
    state.depth = 5_000;
    await service.evaluate();
    clock.advance(5 * 3600_000);
    await service.evaluate();
    expect(changes()).toEqual(['queue_depth fires']);
    clock.advance(3600_000);
    await service.evaluate();
    expect(changes()).toEqual(['queue_depth fires', 'queue_depth still']);
    expect(told[1]?.since).toEqual(new Date('2026-03-01T12:00:00Z'));
  });

  it('report each count once', async () => {
    const { state, service } = process();
    state.facts = { webhooksRefused: 20 };
    await service.report();
    await service.report();
    state.facts = { webhooksRefused: 24 };
    expect(await service.evaluate()).toEqual({ firing: 0, told: 0 });
    state.facts = { webhooksRefused: 30 };
    expect(await service.evaluate()).toEqual({ firing: 1, told: 1 });
  });

  it('reach a chat webhook in words, and one sink’s failure spares the others', async () => {
    const bodies: Record<string, unknown>[] = [];
    const server = http.createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(request.url === '/broken' ? 500 : 200).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const outbound = new OutboundHttp();
    const sink = (path: string) => new ChatWebhookSink(outbound, `${base}${path}`, 'https://app.example.com');
    const { state, service } = process([sink('/broken'), sink('/slack'), ear]);
    state.depth = 1_500;
    await service.evaluate();
    expect(bodies[1]?.text).toBe(
      '🔔 IriSync: More than 1 000 jobs wait. Now 1500. Start more workers, or look for a job type that fails again and again. https://app.example.com/api/health/ready',
    );
    expect(changes()).toEqual(['queue_depth fires']);
    await outbound.close();
    server.closeAllConnections();
    server.close();
  });
});
