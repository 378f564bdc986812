import { z } from 'zod';
import { TokenMaintenance } from '@/features/platforms/maintenance';
import { route } from '@/server/route';

export const maxDuration = 60;

export const GET = route(
  {
    method: 'GET',
    path: '/api/cron/credential-refresh',
    summary: 'Renew long-lived and idle sign-ins, warn before others end',
    tag: 'Cron',
    auth: 'cron',
    response: z.object({ looked: z.int(), renewed: z.int(), warned: z.int(), failed: z.int() }),
    rateLimit: 'cron',
  },
  () => TokenMaintenance.getInstance().run(),
);
