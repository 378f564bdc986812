import { afterAll } from 'vitest';
import { singleton } from '@/core/singletons';
import { aiUsageModel } from '@/features/ai/model';
import type { AIProvider } from '@/features/ai/providers/types';
import type { ProviderId } from '@/features/ai/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';
import { providersFor, type Vendors } from '../fakes/ai/harness';
import { type Person, person, team } from './accounts';
import { CHAIN, withVendors } from './ai-vendors';
import '@/server/services';

const ROLES = { ann: 'admin', mia: 'member', vic: 'viewer' } as const;
type Org = Awaited<ReturnType<typeof team<keyof typeof ROLES>>>;
export type Who = keyof typeof ROLES | 'owner';

/** What most tests ask for. */
export const brief = { task: 'post_text', input: { text: 'Announce the terrace of Café Lumen on 1 July.' } };

/** @returns usage rows of one request. */
export const rows = (requestId: string) =>
  core.db.find(core.db.collection(aiUsageModel).where('requestId', '==', requestId));

/** The AI API over the real ledger and the real database; only the vendors are fakes. */
class AiApi {
  vendors!: Vendors;
  /** Its owner, an admin, a member and a viewer. */
  org!: Org;
  /** In no organisation. */
  stranger!: Person;
  #usual: [ProviderId, AIProvider][] = [];

  async start(vendors: Vendors): Promise<void> {
    this.vendors = vendors;
    // The services of a process may have been built by the file before: they look into this map at each call.
    const providers = singleton<Map<ProviderId, AIProvider>>('AiProviders');
    this.#usual = [...providers];
    for (const [id, provider] of providersFor(vendors, CHAIN)) providers.set(id, provider);
    [this.org, this.stranger] = await Promise.all([team(ROLES, { tier: 'enterprise' }), person()]);
  }

  stop(): void {
    const providers = singleton<Map<ProviderId, AIProvider>>('AiProviders');
    for (const [id, provider] of this.#usual) providers.set(id, provider);
  }

  readonly of = (who: Who) => ({ as: this.org[who], organizationId: this.org.organizationId });

  /** A POST by that person, for {@link call}. */
  readonly post = (path: string, body: unknown, who: Who = 'mia', headers: Record<string, string> = {}) => ({
    method: 'POST' as const,
    path,
    body,
    headers,
    ...this.of(who),
  });

  /** Mia's tokens. */
  readonly balance = () =>
    TokenService.getInstance().getBalance({
      userId: this.org.mia.uid,
      organizationId: this.org.organizationId,
    });
}

/** Call it once, at the top of a test file. */
export function aiApi(): AiApi {
  const api = new AiApi();
  withVendors((vendors) => api.start(vendors));
  afterAll(() => api.stop());
  return api;
}
