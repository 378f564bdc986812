import 'server-only';
import { z } from 'zod';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { type Classify, expectShape, PlatformHttp } from '@/features/platforms/providers/http';
import { IN_PROCESS, inProcess } from '@/features/platforms/providers/sandbox/transport';
import type { AccountFacts } from '@/features/platforms/providers/types';
import type { SandboxNetwork } from '@/features/platforms/sandbox/network';

const said = z.object({ error: z.string(), message: z.string() });

export const classifySandbox: Classify = ({ body }) => {
  const parsed = said.safeParse(body).data;
  return parsed ? { vendorCode: parsed.error, detail: parsed.message } : {};
};

const me = z.object({
  id: z.string(),
  handle: z.string(),
  displayName: z.string(),
  url: z.url(),
  followers: z.number(),
  textMax: z.number().int().positive(),
});

/** The sandbox network as its adapter and provider reach it: in process, or at `SANDBOX_API_BASE_URL`. */
export class SandboxApi {
  readonly http: PlatformHttp;
  readonly base: string;

  constructor(
    readonly deps: PlatformDependencies,
    network: () => SandboxNetwork,
  ) {
    const remote = deps.env.SANDBOX_API_BASE_URL;
    this.base = remote?.replace(/\/+$/, '') ?? IN_PROCESS;
    const { resilience, clock } = deps;
    this.http = new PlatformHttp(
      'sandbox',
      { http: remote ? deps.http : inProcess(network), resilience, clock },
      classifySandbox,
    );
  }

  async me(owner: string, token: string, signal: AbortSignal): Promise<AccountFacts & { followers: number }> {
    const answer = await this.http.call(owner, { url: `${this.base}/v1/me`, token, signal });
    const account = expectShape('sandbox', me, answer);
    return {
      accountId: account.id,
      handle: account.handle,
      displayName: account.displayName,
      profileUrl: account.url,
      followers: account.followers,
      limits: { textMax: account.textMax, readAt: this.deps.clock.now().toISOString() },
    };
  }
}
