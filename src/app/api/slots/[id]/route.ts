import { slotParams, slotSchema, updateSlotSchema } from '@/features/publishing/slots/schema';
import { SlotService } from '@/features/publishing/slots/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/slots/[id]',
  tag: 'Posts',
  auth: 'member',
  permission: 'channels.manage',
  params: slotParams,
  rateLimit: 'write',
} as const;

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Change a queue slot',
    description: 'Posts that took a time of the old slot keep it.',
    body: updateSlotSchema,
    response: slotSchema,
  },
  ({ actor, params, body }) => SlotService.getInstance().update(actor, params.id, body),
);

export const DELETE = route(
  { ...shared, method: 'DELETE', summary: 'Delete a queue slot', response: 'empty' },
  ({ actor, params }) => SlotService.getInstance().remove(actor, params.id),
);
