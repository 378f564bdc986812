import { z } from 'zod';
import { CronService } from '@/core/jobs/cron';
import { cronReportSchema } from '@/features/health/schema';
import { route } from '@/server/route';

/** As long as the platform allows; tasks begin nothing new after 50 seconds. */
export const maxDuration = 60;

const definition = {
  path: '/api/cron/[task]',
  description:
    'Answers with counts. Calling a task twice at once does its work once: the second call answers `ran: false`.',
  tag: 'Operations',
  auth: 'cron',
  rateLimit: 'cron',
  params: z.object({ task: z.string().max(50) }),
  response: cronReportSchema,
} as const;

export const GET = route(
  { ...definition, method: 'GET', summary: 'Run a scheduled task (Vercel calls with GET)' },
  ({ params }) => CronService.getInstance().run(params.task),
);

export const POST = route({ ...definition, method: 'POST', summary: 'Run a scheduled task' }, ({ params }) =>
  CronService.getInstance().run(params.task),
);
