import { createSlotSchema, slotListSchema, slotSchema } from '@/features/publishing/slots/schema';
import { SlotService } from '@/features/publishing/slots/service';
import { route } from '@/server/route';

const shared = { path: '/api/slots', tag: 'Posts', auth: 'member' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Queue slots, and the next free one of each channel',
    permission: 'content.read',
    response: slotListSchema,
    rateLimit: 'read',
  },
  ({ actor }) => SlotService.getInstance().list(actor),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Add a queue slot to a channel',
    description: 'A time of the week in a zone: the wall time stays when the clocks change.',
    permission: 'channels.manage',
    body: createSlotSchema,
    response: slotSchema,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => SlotService.getInstance().create(actor, body),
);
