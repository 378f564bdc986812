import { accountListSchema, connectAnswerSchema, connectRequestSchema } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/accounts',
    summary: 'Connect a social channel',
    description:
      'Networks with a consent page answer 200 with `authorizationUrl`; open it in the browser. Networks with app passwords answer 201 with the account.',
    tag: 'Channels',
    auth: 'member',
    permission: 'channels.manage',
    body: connectRequestSchema,
    response: connectAnswerSchema,
    rateLimit: 'write',
  },
  async ({ actor, body }) => {
    const answer = await PlatformService.getInstance().connect(actor, body);
    return 'account' in answer ? Response.json(answer, { status: 201 }) : answer;
  },
);

export const GET = route(
  {
    method: 'GET',
    path: '/api/accounts',
    summary: 'List connected channels and what can be connected',
    tag: 'Channels',
    auth: 'member',
    permission: 'channels.read',
    response: accountListSchema,
    rateLimit: 'read',
  },
  ({ actor }) => PlatformService.getInstance().list(actor),
);
