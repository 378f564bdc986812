import { describe, expect, it } from 'vitest';
import { EventBus } from '@/core/events/bus';
import type { EventType, PayloadOf } from '@/core/events/event-type';
import { randomIds } from '@/core/ids';
import { FixedClock } from '@/core/time/clock';
import { aiBudgetThreshold } from '@/features/ai/events';
import { tokenBudgetAlert } from '@/features/billing/events';
import {
  crmSyncCompleted,
  integrationConnected,
  integrationNeedsReauth,
  webhookDisabled,
  webhookFailing,
  webhookRecovered,
} from '@/features/integrations/events';
import { accountDisconnected, accountNeedsReauth, platformConnected } from '@/features/platforms/events';
import { postCancelled, postCompleted, postPartial, postUnconfirmed } from '@/features/publishing/events';
import { tokenDepleted, tokensRefreshed, tokenWarning } from '@/features/tokens/events';
import { subscribeChannels } from './handlers';

const clock = new FixedClock('2026-05-04T10:00:00Z');

/** What an event says to the channels: `event severity state key`, and `over key`. */
async function heard<E extends EventType>(event: E, payload: PayloadOf<E>): Promise<string[]> {
  const lines: string[] = [];
  const bus = new EventBus(clock, randomIds);
  subscribeChannels((...subscription) => bus.subscribe(...subscription), {
    tell: async ({ event: name, severity, state, key }) =>
      void lines.push(`${name} ${severity} ${state} ${key}`),
    recover: async ({ key }) => void lines.push(`over ${key}`),
  });
  await bus.emit(event, payload);
  return lines.sort();
}

const organizationId = 'o1';
const run = { runId: 'r1', postId: 'p1', organizationId, connectionId: 'c1', platform: 'x' as const };
const trouble = { ...run, authorId: 'u1', errorClass: null, message: 'm' };
const account = { connectionId: 'c1', organizationId, platform: 'x' as const, handle: '@a' };
const usage = (userId: string | null) => ({
  ...{ ownerId: 'b1', userId, organizationId, used: 8, total: 10, available: 2 },
  nextRefreshDate: new Date('2026-06-01T00:00:00Z'),
});
const integration = { organizationId, integrationId: 'i1', type: 'hubspot' as const };
const sync = (status: 'success' | 'partial' | 'failed', heldDeletes: number) => ({
  ...{ organizationId, integrationId: 'i1', platform: 'hubspot', taskId: 't1', status, heldDeletes },
  ...{ created: 0, updated: 0, deleted: 0, failed: 0 },
});
const endpoint = { organizationId, endpointId: 'w1', host: 'h.test' };
const budget = { organizationId, used: 8, limit: 10, month: '2026-05', stopped: false };
const quota = { organizationId, period: '2026-05' };

describe('what channels hear', () => {
  it('of posts: the trouble, and its end however it comes', async () => {
    expect(await heard(postUnconfirmed, { ...trouble, reminder: 0 })).toEqual([
      'publishing.unconfirmed warning open publish:r1',
    ]);
    expect(await heard(postPartial, trouble)).toEqual(['publishing.partial warning open publish:r1']);
    expect(await heard(postCompleted, run)).toEqual(['over publish:r1']);
    expect(await heard(postCancelled, { ...run, authorId: 'u1' })).toEqual(['over publish:r1']);
  });

  it('of sign-ins that ended: until somebody connects again, or disconnects', async () => {
    expect(await heard(accountNeedsReauth, { ...account, reason: 'revoked' })).toEqual([
      'channels.reconnect critical open account:c1',
    ]);
    const connected = { ...account, accountId: 'a1', userId: 'u1', reconnected: true };
    expect(await heard(platformConnected, connected)).toEqual(['over account:c1']);
    expect(await heard(accountDisconnected, { ...account, userId: 'u1' })).toEqual(['over account:c1']);
    expect(await heard(integrationNeedsReauth, { ...integration, name: 'HubSpot', reason: 'r' })).toEqual([
      'sync.reauth critical open reauth:i1',
    ]);
    const again = { ...integration, accountId: 'a1', userId: 'u1', reconnected: true };
    expect(await heard(integrationConnected, again)).toEqual(['over reauth:i1']);
  });

  it('of syncs: a failed one says nothing about deletions that wait', async () => {
    expect(await heard(crmSyncCompleted, sync('partial', 60))).toEqual([
      'sync.held_deletes warning open held:i1',
      'sync.partial warning open sync:i1',
    ]);
    expect(await heard(crmSyncCompleted, sync('failed', 0))).toEqual(['sync.failed warning open sync:i1']);
    expect(await heard(crmSyncCompleted, sync('success', 0))).toEqual(['over held:i1', 'over sync:i1']);
  });

  it('of tokens: from 80 % on, of the organisation, never of one person', async () => {
    const warning = (userId: string | null) =>
      heard(tokenWarning, { ...usage(userId), percent: 80 as const });
    expect(await warning(null)).toEqual(['tokens.budget warning open tokens:b1']);
    expect(await heard(tokenDepleted, usage(null))).toEqual(['tokens.budget critical open tokens:b1']);
    const period = {
      ...{
        ownerId: 'b1',
        organizationId,
        allocation: 10,
        available: 10,
        purchased: 0,
        tier: 'free' as const,
        periods: 1,
      },
      ...{ periodStart: new Date('2026-06-01T00:00:00Z'), nextRefreshDate: new Date('2026-07-01T00:00:00Z') },
    };
    expect(await heard(tokensRefreshed, { ...period, userId: null })).toEqual(['over tokens:b1']);
    const alert = (memberId: string | null, percent: number) =>
      heard(tokenBudgetAlert, { ...budget, memberId, percent });
    expect(await alert(null, 80)).toEqual(['tokens.budget warning final budget:2026-05:80']);
    const reached = (userId: string | null, percent: 50 | 100) =>
      heard(aiBudgetThreshold, { ...quota, userId, percent });
    expect(await reached(null, 100)).toEqual(['tokens.budget critical final quota:2026-05:100']);
    const silent = [
      warning('u1'),
      heard(tokenDepleted, usage('u1')),
      alert('u1', 100),
      alert(null, 50),
      reached(null, 50),
      reached('u1', 100),
    ];
    expect((await Promise.all(silent)).flat()).toEqual([]);
  });

  it('of webhooks: failing, off for good, and well again', async () => {
    expect(await heard(webhookFailing, endpoint)).toEqual(['webhooks.failing warning open webhook:w1']);
    expect(await heard(webhookDisabled, { ...endpoint, reason: 'exhausted' })).toEqual([
      'webhooks.failing critical final webhook:w1',
    ]);
    expect(await heard(webhookRecovered, endpoint)).toEqual(['over webhook:w1']);
  });
});
