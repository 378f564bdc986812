import { previewBody, previewView } from '@/features/integrations/mapping/schema';
import { DataMappingService } from '@/features/integrations/mapping/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/integrations/mappings/preview',
    summary: 'Try mappings on a record',
    description: 'Answers what the record would become and which fields fail, and writes nothing.',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    body: previewBody,
    response: previewView,
    rateLimit: 'write',
  },
  ({ actor, body }) => DataMappingService.getInstance().preview(actor.organizationId, body),
);
