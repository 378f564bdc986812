import { pageQuery } from '@/core/db/cursor';
import { campaignPage, campaignSchema, createCampaignSchema } from '@/features/content/library-schema';
import { LibraryService } from '@/features/content/library-service';
import { route } from '@/server/route';

const shared = { path: '/api/campaigns', tag: 'Library', auth: 'member' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'List campaigns, newest first',
    permission: 'content.read',
    query: pageQuery,
    response: campaignPage,
    rateLimit: 'read',
  },
  ({ actor, query }) => LibraryService.getInstance().campaigns(actor, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Create a campaign',
    permission: 'content.write',
    body: createCampaignSchema,
    response: campaignSchema,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => LibraryService.getInstance().createCampaign(actor, body),
);
