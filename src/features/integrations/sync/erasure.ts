import 'server-only';
import { ServiceUnavailableError } from '@/core/errors';
import type { LockService } from '@/core/locks/locks';
import type { IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import type { IntegrationAdapter, VendorSession } from '../providers/types';
import { lockOf, type OutboundRunner } from './outbound';
import { RecordWrites, type WriteDeps } from './record-writes';
import type { RecordStore } from './records';

const LEASE_MS = 60_000;
const BY_ID = 100;

export interface ErasureDeps extends WriteDeps {
  records: RecordStore;
  integrations: Pick<IntegrationRepository, 'get'>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  session(integrationId: string, signal: AbortSignal): VendorSession;
  outbound: Pick<OutboundRunner, 'settler'>;
  locks: Pick<LockService, 'withLock'>;
}

/**
 * Removes what a person had removed for good at the vendor, as soon as the vendor says so: a full pass, which finds it by its
 * absence, may be days away. What was only deleted before loses its values too.
 */
export class RecordErasure {
  constructor(readonly deps: ErasureDeps) {}

  /** What is said is a hint: records that are still there stay. @returns how many were erased. @throws to be tried again. */
  async erase(
    organizationId: string,
    integrationId: string,
    entity: string,
    externalIds: readonly string[],
    signal: AbortSignal,
  ): Promise<number> {
    const { integrations, adapters, locks } = this.deps;
    const integration = await integrations.get(organizationId, integrationId);
    const adapter = integration && adapters.get(integration.type);
    if (!integration || !adapter) return 0;
    const settler = await this.deps.outbound.settler(integration, entity);
    const writes = new RecordWrites(this.deps, integration, settler);
    const done = await locks.withLock(
      lockOf(integrationId, entity),
      { ttlMs: LEASE_MS },
      async (_lock, lost) => {
        const session = this.deps.session(integrationId, AbortSignal.any([signal, lost]));
        let erased = 0;
        for (let at = 0; at < externalIds.length; at += BY_ID) {
          const asked = externalIds.slice(at, at + BY_ID);
          const there = await adapter.fetchByIds(session, entity, asked, []);
          const found = new Set(there.flatMap((one) => [one.externalId, ...(one.absorbed ?? [])]));
          const gone = asked.filter((id) => !found.has(id));
          erased += await this.#eraseAll(writes, integrationId, entity, gone);
        }
        return erased;
      },
    );
    if (!done.acquired) throw new ServiceUnavailableError('These records are being synced just now.');
    return done.value;
  }

  #eraseAll(
    writes: RecordWrites,
    integrationId: string,
    entity: string,
    externalIds: readonly string[],
  ): Promise<number> {
    const { repository, records } = this.deps;
    return repository.commit(async (tx) => {
      const refs = externalIds.map((id) => repository.linkRef(integrationId, entity, id));
      const links = (await tx.getAll(refs)).flatMap((link) => link ?? []);
      const stored = await records.getIn(
        tx,
        links.map(({ recordId }) => recordId),
      );
      const shared = await Promise.all(
        links.map((link, at) => writes.othersIn(tx, link, stored[at] ?? null)),
      );
      const forget = await writes.erasedIn(tx, links);
      forget();
      for (const [at, link] of links.entries()) writes.goneIn(tx, link, stored[at] ?? null, true, shared[at]);
      return links.length;
    });
  }
}
