import { campaignSchema, libraryIdParams, updateCampaignSchema } from '@/features/content/library-schema';
import { LibraryService } from '@/features/content/library-service';
import { route } from '@/server/route';

export const PATCH = route(
  {
    method: 'PATCH',
    path: '/api/campaigns/[id]',
    summary: 'Change a campaign, or archive it',
    tag: 'Library',
    auth: 'member',
    permission: 'content.write',
    params: libraryIdParams,
    body: updateCampaignSchema,
    response: campaignSchema,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => LibraryService.getInstance().changeCampaign(actor, params.id, body),
);
