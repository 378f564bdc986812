import { appliedView, mappingParams } from '@/features/integrations/mapping/schema';
import { DataMappingService } from '@/features/integrations/mapping/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/integrations/mappings/templates/[id]/apply',
    summary: 'Copy a template’s mappings',
    description: 'Fields that are mapped already stay as they are.',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: mappingParams,
    response: appliedView,
    rateLimit: 'write',
  },
  ({ actor, params }) => DataMappingService.getInstance().applyTemplate(actor, params.id),
);
