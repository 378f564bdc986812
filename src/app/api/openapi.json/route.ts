import { z } from 'zod';
import { route } from '@/server/route';
import { openApiDocument } from './document';

export const GET = route(
  {
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'This description',
    tag: 'Meta',
    auth: 'public',
    response: z.record(z.string(), z.unknown()),
    rateLimit: 'public',
  },
  async () => openApiDocument(),
);
