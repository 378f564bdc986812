import { commentAnswer, visitorComment } from '@/features/platforms/sandbox/schema';
import { SandboxService } from '@/features/platforms/sandbox/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/sandbox-network/comments',
    summary: 'Sandbox network: write under a post as a visitor',
    tag: 'Sandbox',
    auth: 'public',
    body: visitorComment,
    response: commentAnswer,
    status: 201,
    rateLimit: 'public',
  },
  ({ body }) => SandboxService.getInstance().comment(body),
);
