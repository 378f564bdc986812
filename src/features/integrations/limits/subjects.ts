import 'server-only';
import { LRUCache } from 'lru-cache';
import type { Integration } from '../connections/repository';
import type { CallSubject } from './levels';
import type { RateLimitRepository } from './repository';

/** How long another process goes by limits that were changed. */
const KEPT_MS = 30_000;

export interface SubjectDeps {
  integration(id: string): Promise<Integration | null>;
  repository: Pick<RateLimitRepository, 'limits'>;
}

/** Whose a connection is and what it is allowed: asked for with every call, so it is kept for a moment. */
export class CallSubjects {
  readonly #known: LRUCache<string, { subject: CallSubject | null }>;

  constructor(readonly deps: SubjectDeps) {
    this.#known = new LRUCache({
      max: 10_000,
      ttl: KEPT_MS,
      fetchMethod: async (id) => ({ subject: await this.#load(id) }),
    });
  }

  async of(integrationId: string): Promise<CallSubject | null> {
    if (!integrationId.startsWith('int_')) return null;
    return (await this.#known.fetch(integrationId))?.subject ?? null;
  }

  forget(): void {
    this.#known.clear();
  }

  async #load(id: string): Promise<CallSubject | null> {
    const found = await this.deps.integration(id);
    if (!found) return null;
    const { organizationId, type, accountId } = found;
    const limits = await this.deps.repository.limits(organizationId, type, id);
    return { vendor: type, organizationId, integrationId: id, accountId, limits };
  }
}
