import { ConflictService } from '@/features/integrations/sync/conflict-service';
import { resolvedManyView, resolveManyBody } from '@/features/integrations/sync/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/sync/conflicts/resolve',
    summary: 'Settle many conflicts by one side',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    body: resolveManyBody,
    response: resolvedManyView,
    rateLimit: 'write',
  },
  ({ actor, body }) => ConflictService.getInstance().resolveMany(actor, body),
);
