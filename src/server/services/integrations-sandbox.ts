import 'server-only';
import { sandboxAllowed } from '@/core/config/env';
import { provide, singleton } from '@/core/singletons';
import { type CrmAnswer, SandboxCrm } from '@/features/integrations/sandbox/crm';
import { SandboxCrmRepository } from '@/features/integrations/sandbox/repository';
import { SandboxCrmService } from '@/features/integrations/sandbox/service';
import type { SandboxNetwork } from '@/features/platforms/sandbox/network';
import { SANDBOX_CLIENT_ID } from '@/features/platforms/sandbox/oauth';
import { Refusal } from '@/features/platforms/sandbox/wire';
import { core } from '../core';

/** The sandbox CRM: people sign in there as at the practice network. */
const oauth = () => singleton<SandboxNetwork>('SandboxNetwork').oauth;

provide('SandboxCrmRepository', () => new SandboxCrmRepository(core.db));
provide(
  'SandboxCrm',
  () =>
    new SandboxCrm({
      repository: singleton<SandboxCrmRepository>('SandboxCrmRepository'),
      login: {
        clientId: SANDBOX_CLIENT_ID,
        token: (body) => refusable(() => oauth().token(body)),
        revoke: (body) => refusable(() => oauth().revoke(body)),
        authenticate: async (authorization) => {
          try {
            return await oauth().authenticate(authorization);
          } catch (error) {
            if (error instanceof Refusal) return null;
            throw error;
          }
        },
      },
      allowed: sandboxAllowed(core.env),
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'SandboxCrmService',
  () =>
    new SandboxCrmService({
      repository: singleton<SandboxCrmRepository>('SandboxCrmRepository'),
      allowed: sandboxAllowed(core.env),
      clock: core.clock,
      ids: core.ids,
    }),
);

export function sandboxCrm(): SandboxCrm {
  return singleton<SandboxCrm>('SandboxCrm');
}

async function refusable(call: () => Promise<{ status: number; body?: unknown }>): Promise<CrmAnswer> {
  try {
    const { status, body } = await call();
    return { status, body };
  } catch (error) {
    if (error instanceof Refusal)
      return { status: error.status, body: { error: error.code, message: error.message } };
    throw error;
  }
}
