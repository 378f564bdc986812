import { z } from 'zod';

/** Numbers every process reports about its last minutes; rules are written in these words. */
export const ALERT_FACTS = [
  'requests',
  'requestsFailed',
  'syncs',
  'syncsOver5s',
  'credentialRefreshes',
  'credentialRefreshesFailed',
  'webhooksRefused',
  'apiVersionsRefused',
] as const;
export type AlertFact = (typeof ALERT_FACTS)[number];

const fact = z.enum(ALERT_FACTS);
export const alertRuleSchema = z.object({
  id: z.string().regex(/^[a-z_]+$/),
  title: z.string(),
  /** What to look at first. */
  advice: z.string(),
  severity: z.enum(['high', 'critical']),
  measure: z.discriminatedUnion('kind', [
    /** `of ÷ per` over the window, judged only when there were `atLeast` of `per`. */
    z.object({ kind: z.literal('share'), of: fact, per: fact, atLeast: z.int().positive() }),
    z.object({ kind: z.literal('perMinute'), of: fact }),
    z.object({ kind: z.literal('queueDepth') }),
  ]),
  /** It fires above this. */
  above: z.number().positive(),
});
export type AlertRule = z.output<typeof alertRuleSchema>;

/** Minutes that shares and rates are taken over. */
export const ALERT_WINDOW_MINUTES = 5;

export const ALERT_RULES: readonly AlertRule[] = [
  {
    id: 'error_rate',
    title: 'More than 1 % of requests fail',
    advice: 'Look at the latest errors in the log, and at what was deployed last.',
    severity: 'critical',
    measure: { kind: 'share', of: 'requestsFailed', per: 'requests', atLeast: 100 },
    above: 0.01,
  },
  {
    id: 'sync_slow',
    // The 95th percentile is over 5 s exactly when more than 5 % take longer.
    title: 'Integrations synchronise slowly (p95 over 5 s)',
    advice: 'Look at open circuits and rate limits of the connected systems.',
    severity: 'high',
    measure: { kind: 'share', of: 'syncsOver5s', per: 'syncs', atLeast: 20 },
    above: 0.05,
  },
  {
    id: 'queue_depth',
    title: 'More than 1 000 jobs wait',
    advice: 'Start more workers, or look for a job type that fails again and again.',
    severity: 'high',
    measure: { kind: 'queueDepth' },
    above: 1_000,
  },
  {
    id: 'credential_refresh',
    title: 'More than 10 % of sign-in renewals fail',
    advice: 'Look at the platforms concerned: an outage, or changed app credentials.',
    severity: 'high',
    measure: {
      kind: 'share',
      of: 'credentialRefreshesFailed',
      per: 'credentialRefreshes',
      atLeast: 10,
    },
    above: 0.1,
  },
  {
    id: 'webhook_signatures',
    title: 'More than 5 webhooks a minute carry a wrong signature',
    advice: 'A signing secret was changed on one side only, or somebody is trying.',
    severity: 'high',
    measure: { kind: 'perMinute', of: 'webhooksRefused' },
    above: 5,
  },
  {
    id: 'api_version_expired',
    title: 'A network refuses the version of its API that we call',
    advice:
      'Set a newer version in the setting <NETWORK>_API_VERSION; posts to that network wait until then. The log names the network.',
    severity: 'critical',
    measure: { kind: 'perMinute', of: 'apiVersionsRefused' },
    above: 0.01,
  },
];
