import type { RouteDefinition } from '@/core/http/route-definition';
import { sweepCountsSchema } from '@/features/publishing/schema';
import { PublishingService } from '@/features/publishing/service';
import { route } from '@/server/route';

/** Seconds the host lets this run; the sweep ends well before. */
export const maxDuration = 60;
const SWEEP_MS = 45_000;

const definition = {
  path: '/api/cron/publish',
  summary: 'Publish what is due',
  description:
    'Works on every run that is due, or becomes due while it runs, for at most 45 seconds of new work. Answers at once when nothing is.',
  tag: 'Cron',
  auth: 'cron',
  response: sweepCountsSchema,
  rateLimit: 'cron',
} satisfies Partial<
  RouteDefinition<'cron', never, undefined, undefined, undefined, typeof sweepCountsSchema>
>;

const sweep = () => PublishingService.getInstance().sweep(SWEEP_MS);

export const GET = route({ ...definition, method: 'GET' }, sweep);
export const POST = route({ ...definition, method: 'POST' }, sweep);
