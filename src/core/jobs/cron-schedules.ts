/** Scheduled tasks and when they run (crontab, UTC). `vercel.json` names the same ones; a test compares them. */
export const CRON_SCHEDULES = {
  publish: '* * * * *',
  jobs: '* * * * *',
  outbox: '* * * * *',
  'tools-health': '*/15 * * * *',
  digest: '5 * * * *',
  analytics: '10 * * * *',
  'integration-sync': '20 * * * *',
  'webhook-maintenance': '40 * * * *',
  'credential-refresh': '0 */6 * * *',
  'token-refresh': '15 2 * * *',
  maintenance: '30 3 * * *',
} as const;

export type CronName = keyof typeof CRON_SCHEDULES;

export function isCronName(name: string): name is CronName {
  return name in CRON_SCHEDULES;
}
