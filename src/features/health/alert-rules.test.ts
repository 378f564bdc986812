import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metrics } from '@/core/telemetry/metrics';
import { readAlertFacts } from './alert-facts';
import { type AlertFacts, judge, newSince, sumFacts } from './alert-rules';
import { ALERT_FACTS, ALERT_RULES, alertRuleSchema } from './alerts.data';

const firing = (facts: AlertFacts, depth = 0) =>
  ALERT_RULES.filter((rule) => judge(rule, facts, depth).firing).map(({ id }) => id);

describe('alert rules', () => {
  it('fit their schema and have names of their own', () => {
    for (const rule of ALERT_RULES) expect(alertRuleSchema.parse(rule)).toEqual(rule);
    expect(new Set(ALERT_RULES.map(({ id }) => id)).size).toBe(ALERT_RULES.length);
  });

  it.each<[string, AlertFacts, number, string[]]>([
    ['quiet', {}, 0, []],
    ['1 % of requests fail: not more than', { requests: 1_000, requestsFailed: 10 }, 0, []],
    ['over 1 % fail', { requests: 1_000, requestsFailed: 11 }, 0, ['error_rate']],
    ['too few requests to judge', { requests: 99, requestsFailed: 99 }, 0, []],
    ['5 % of syncs are slow: p95 is 5 s', { syncs: 100, syncsOver5s: 5 }, 0, []],
    ['p95 over 5 s', { syncs: 100, syncsOver5s: 6 }, 0, ['sync_slow']],
    ['1 000 jobs', {}, 1_000, []],
    ['1 001 jobs', {}, 1_001, ['queue_depth']],
    ['10 % of renewals fail', { credentialRefreshes: 20, credentialRefreshesFailed: 2 }, 0, []],
    ['over 10 %', { credentialRefreshes: 20, credentialRefreshesFailed: 3 }, 0, ['credential_refresh']],
    ['5 forged webhooks a minute', { webhooksRefused: 25 }, 0, []],
    ['one refused version of an API', { apiVersionsRefused: 1 }, 0, ['api_version_expired']],
    ['more than 5 a minute', { webhooksRefused: 26 }, 0, ['webhook_signatures']],
  ])('%s', (_name, facts, depth, expected) => expect(firing(facts, depth)).toEqual(expected));

  it('adding up what was new since each report gives the whole, however it was cut', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ requests: fc.nat(50), syncs: fc.nat(5) }), { maxLength: 20 }),
        (steps) => {
          let before: AlertFacts = {};
          const reports: AlertFacts[] = [];
          let now = { requests: 0, syncs: 0 };
          for (const step of steps) {
            now = { requests: now.requests + step.requests, syncs: now.syncs + step.syncs };
            const added = newSince(before, now);
            if (added) {
              reports.push(added);
              before = now;
            }
          }
          const total = sumFacts(reports);
          expect([total.requests ?? 0, total.syncs ?? 0]).toEqual([now.requests, now.syncs]);
        },
      ),
    ));

  it('are fed from this process’s own counters', async () => {
    const before = await readAlertFacts();
    metrics.http({ method: 'GET', route: '/api/y', status: 200, seconds: 0.01 });
    metrics.http({ method: 'GET', route: '/api/y', status: 500, seconds: 0.01 });
    metrics.http({ method: 'GET', route: '/api/y', status: 503, seconds: 0.01 });
    metrics.sync({ platform: 'hubspot', outcome: 'ok', seconds: 2, records: {} });
    metrics.sync({ platform: 'hubspot', outcome: 'ok', seconds: 7, records: {} });
    metrics.credentialRefresh('x', 'refreshed');
    metrics.credentialRefresh('x', 'failed');
    metrics.apiVersionRefused('linkedin');
    metrics.webhookRefused('hubspot', 'signature');
    const added = newSince(before, await readAlertFacts());
    expect(added).toEqual({
      requests: 3,
      requestsFailed: 1,
      syncs: 2,
      syncsOver5s: 1,
      credentialRefreshes: 2,
      credentialRefreshesFailed: 1,
      webhooksRefused: 1,
      apiVersionsRefused: 1,
    });
    expect(Object.keys(added ?? {}).sort()).toEqual([...ALERT_FACTS].sort());
  });
});
