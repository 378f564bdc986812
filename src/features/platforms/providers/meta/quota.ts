import { z } from 'zod';
import type { CapState } from '@/features/platforms/schema';

/** What may be published in a moving window. */
export const quota = z.object({ quota_total: z.number(), quota_duration: z.number() });

/**
 * The window moves, so nobody can say when it empties; at the latest one window from now everything is allowed again.
 * @param used posts within the window.
 */
export function capOf(
  name: string,
  used: number | undefined,
  config: z.infer<typeof quota> | undefined,
  now: Date,
): CapState[] {
  if (used === undefined || !config) return [];
  return [
    {
      name,
      scope: 'account',
      limit: Math.max(0, Math.floor(config.quota_total)),
      remaining: Math.max(0, Math.floor(config.quota_total - used)),
      resetsAt: new Date(now.getTime() + config.quota_duration * 1000).toISOString(),
    },
  ];
}
