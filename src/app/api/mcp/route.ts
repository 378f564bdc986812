import { z } from 'zod';
import { McpService } from '@/features/mcp/service';
import { route } from '@/server/route';

const message = z.looseObject({ jsonrpc: z.literal('2.0') });

export const POST = route(
  {
    method: 'POST',
    path: '/api/mcp',
    summary: 'Model Context Protocol',
    description:
      'Tools for AI assistants over streamable HTTP, without sessions. Sign in with an API key; each tool needs the scope that its API route needs.',
    tag: 'MCP',
    auth: 'apiKey',
    permission: 'content.read',
    body: z.union([message, z.array(message).min(1).max(20)]),
    response: 'stream',
    rateLimit: 'read',
  },
  ({ request, body, actor }) => McpService.getInstance().handle(request, body, actor),
);
