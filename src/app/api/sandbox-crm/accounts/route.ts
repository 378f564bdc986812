import { sandboxCrmAccounts } from '@/features/integrations/sandbox/schema';
import { SandboxCrmService } from '@/features/integrations/sandbox/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/sandbox-crm/accounts',
    summary: 'Sandbox CRM: accounts of yours',
    tag: 'Sandbox',
    auth: 'user',
    response: sandboxCrmAccounts,
    rateLimit: 'read',
  },
  ({ principal }) => SandboxCrmService.getInstance().accounts(principal.userId),
);
