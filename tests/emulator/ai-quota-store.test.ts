import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { aiQuotaModel, quotaLimits } from '@/features/ai/model';
import { FirestoreQuotaStore, quotaIds } from '@/features/ai/quota-repository';
import { core } from '@/server/core';

/** Counting without a limit takes another way than claiming: one merge that must work on nothing and on something. */
const store = new FirestoreQuotaStore(core.db, core.outbox, core.clock);
const scope = () => ({ organizationId: `org_${randomUUID()}`, userId: 'mia', period: '2026-03' });
const none = { organization: quotaLimits.parse({}), member: quotaLimits.parse({}) };
const used = { tokens: 2, requests: 1, costMicros: 700 };

it('the first use of a period without limits makes both counters, with no threshold announced', async () => {
  const mine = scope();
  await store.settle(randomUUID(), mine, used, none);
  expect(await store.state(mine)).toMatchObject({ organization: { used }, member: { used } });
  const ids = quotaIds(mine);
  for (const id of [ids.organization, ids.member]) {
    const counter = await core.db.get(core.db.doc(aiQuotaModel, id));
    expect(counter).toMatchObject({ alerted: [], held: { tokens: 0, requests: 0, costMicros: 0 } });
  }
});

it('counting on leaves announced thresholds as they are', async () => {
  const mine = scope();
  const limits = { organization: quotaLimits.parse({ requests: 2 }), member: none.member };
  const claim = {
    requestId: randomUUID(),
    scope: mine,
    amounts: used,
    organizationLimits: limits.organization,
    memberLimits: limits.member,
    dueAt: new Date(Date.now() + 60_000),
  };
  expect(await store.claim(claim)).toBeUndefined();
  await store.settle(claim.requestId, mine, used, limits);
  // The organisation lifts its limit in the middle of the month.
  await store.settle(randomUUID(), mine, used, none);
  const counter = await core.db.get(core.db.doc(aiQuotaModel, quotaIds(mine).organization));
  expect(counter).toMatchObject({ alerted: [50], used: { tokens: 4, requests: 2, costMicros: 1_400 } });
});
