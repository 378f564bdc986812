import { twiceAndReordered } from '@tests/fakes/faults';
import { type Person, team } from '@tests/support/accounts';
import { eventsOf, jobsOf, opened, receiverWithoutStore, send } from '@tests/support/inbound-webhooks';
import { NOTION_TOKEN, WEBHOOK_SENDERS, type WebhookSender } from '@tests/support/webhook-senders';
import { beforeAll, describe, expect, it } from 'vitest';
import { outboxModel } from '@/core/events/outbox';
import { provide } from '@/core/singletons';
import { InboundProcessor } from '@/features/integrations/inbound/processor';
import { INBOUND_PROVIDERS } from '@/features/integrations/inbound/providers.data';
import { WebhookReceiver } from '@/features/integrations/inbound/receiver';
import type { CreatedInboundView } from '@/features/integrations/inbound/schema';
import { INTEGRATIONS } from '@/features/integrations/registry.data';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;
beforeAll(async () => {
  const made = await team({ ada: 'admin' });
  organizationId = made.organizationId;
  admin = made.ada;
});

const CALLING = INTEGRATIONS.map(({ type }) => type).filter((type) => type in INBOUND_PROVIDERS);

it('knows how every vendor that may call us sends', () => {
  expect(Object.keys(WEBHOOK_SENDERS).sort()).toEqual([...CALLING].sort());
});

/** As it is while the store cannot be written. */
async function whileAway<T>(work: () => Promise<T>): Promise<T> {
  const there = WebhookReceiver.getInstance();
  const away = receiverWithoutStore();
  provide('WebhookReceiver', () => away);
  try {
    return await work();
  } finally {
    provide('WebhookReceiver', () => there);
  }
}

describe.each(CALLING)('deliveries of %s', (type) => {
  const sender = WEBHOOK_SENDERS[type] as WebhookSender;
  let webhook: CreatedInboundView;
  let target = '';

  beforeAll(async () => {
    const body = { providerId: type, ...sender.registration };
    webhook = await opened({ as: admin, organizationId }, body);
    target = webhook.webhookUrl.split('/').at(-2) ?? '';
    if (type === 'notion') {
      const raw = JSON.stringify({ verification_token: NOTION_TOKEN });
      expect((await send(target, raw, {})).status).toBe(200);
    }
  });

  async function sent(event: number, attempt: number): Promise<number> {
    const raw = sender.body(event, attempt);
    const headers = sender.headers(raw, event, { url: webhook.webhookUrl, secret: webhook.secret ?? '' });
    return (await send(target, raw, headers)).status;
  }
  const kept = () => eventsOf(webhook.id);

  it('twice and out of order are kept, worked on and told of once each', async () => {
    const tries = twiceAndReordered([1, 2, 3]);
    for (const [at, event] of tries.entries()) expect(await sent(event, at < 3 ? 0 : 1)).toBe(200);
    const events = await kept();
    expect(events).toHaveLength(3);
    for (const { id } of twiceAndReordered(events)) await InboundProcessor.getInstance().process(id, false);
    expect((await kept()).map(({ status }) => status)).toEqual(['processed', 'processed', 'processed']);
    expect(await Promise.all(events.map(({ id }) => jobsOf(id)))).toEqual([1, 1, 1]);
    const told = await core.db.find(core.db.collection(outboxModel).where('event', '==', 'webhook_received'));
    expect(told.filter(({ payload }) => payload.includes(webhook.id))).toHaveLength(3);
  });

  it('are answered 503 while the store is away; sent again, they are handled once', async () => {
    const before = (await kept()).length;
    expect(await whileAway(() => sent(9, 0))).toBe(503);
    expect(await kept()).toHaveLength(before);
    expect([await sent(9, 1), await sent(9, 2)]).toEqual([200, 200]);
    expect(await kept()).toHaveLength(before + 1);
  });
});
