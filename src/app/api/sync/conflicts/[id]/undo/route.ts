import { ConflictUndo } from '@/features/integrations/sync/conflict-undo';
import { conflictParams, conflictView, undoBody } from '@/features/integrations/sync/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/sync/conflicts/[id]/undo',
    summary: 'Take back how a conflict was settled',
    description: 'Both sides get the values they had, unless one was changed since (409 with the reason).',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: conflictParams,
    body: undoBody,
    response: conflictView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => ConflictUndo.getInstance().undo(actor, params.id, body),
);
