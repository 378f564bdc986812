import { ConflictService } from '@/features/integrations/sync/conflict-service';
import { conflictParams, conflictView, resolveBody } from '@/features/integrations/sync/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/sync/conflicts/[id]/resolve',
    summary: 'Settle a conflict, by a side or field by field',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: conflictParams,
    body: resolveBody,
    response: conflictView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => ConflictService.getInstance().resolve(actor, params.id, body),
);
