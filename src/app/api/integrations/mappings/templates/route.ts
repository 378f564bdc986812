import { z } from 'zod';
import { templateView } from '@/features/integrations/mapping/schema';
import { DataMappingService } from '@/features/integrations/mapping/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/mappings/templates',
    summary: 'Templates of mappings',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.read',
    response: z.object({ items: z.array(templateView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async () => ({ items: DataMappingService.getInstance().templates(), cursor: null }),
);
