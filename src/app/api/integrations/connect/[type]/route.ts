import { connectAnswer, connectBody, connectParams } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/integrations/connect/[type]',
    summary: 'Connect an account of another company',
    description:
      'With `apiKey` it is connected at once. Without, the answer names the consent page to send the person to; it leads back to `redirectTo`, with `connected` or `connect_error` in its query.',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: connectParams,
    body: connectBody,
    response: connectAnswer,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => IntegrationConnectionService.getInstance().connect(actor, params.type, body),
);
