import 'server-only';
import type { Outbox } from '@/core/events/outbox';
import type { Clock } from '@/core/time/clock';
import type { Integration, IntegrationRepository } from '../connections/repository';
import { relationsPending } from '../events';
import type { IntegrationAdapter, VendorAssociation, VendorSession } from '../providers/types';
import { linkIdOf, type RecordLink, type SyncRepository } from '../sync/repository';
import { planRelations } from './relation-plan';
import type { Relation, RelationRepository } from './repository';
import { SHARD_SOURCE } from './schema';

/** Records that people are told of when what they belong to has not come for so long. */
const REPORT_AFTER_MS = 24 * 3_600_000;
const BATCH = 200;

export interface RelationDeps {
  repository: RelationRepository;
  sync: Pick<SyncRepository, 'links' | 'connectionRef' | 'db'>;
  integrations: Pick<IntegrationRepository, 'getIn'>;
  outbox: Pick<Outbox, 'append'>;
  clock: Clock;
}

interface End {
  entity: string;
  externalId: string;
}

/** Which records belong together, as their vendor says. */
export class RelationSync {
  constructor(readonly deps: RelationDeps) {}

  /**
   * What takes over what the vendor says of the records of one pass; the same twice writes nothing. Nothing is looked up as long
   * as nothing is known.
   */
  reader(
    integration: Integration,
    entity: string,
    adapter: Pick<IntegrationAdapter, 'associations'>,
    session: VendorSession,
  ): (externalIds: readonly string[]) => Promise<void> {
    const { repository } = this.deps;
    const { associations } = adapter;
    let any = false;
    return async (externalIds) => {
      if (!associations || externalIds.length === 0) return;
      const known = async () => {
        any ||= await repository.anyFrom(integration.id, entity);
        return any ? repository.from(integration.id, entity, externalIds) : [];
      };
      const [found, rows] = await Promise.all([associations.read(session, entity, externalIds), known()]);
      const { add, remove } = planRelations(
        found,
        rows.filter(({ source }) => source !== SHARD_SOURCE),
      );
      for (let at = 0; at < Math.max(add.length, remove.length); at += BATCH)
        await this.#write(integration, entity, add.slice(at, at + BATCH), remove.slice(at, at + BATCH));
    };
  }

  /** Links what waited for records of this kind, now that they are here. */
  async settle(integration: Integration, entity: string, open: () => boolean): Promise<void> {
    const { repository } = this.deps;
    let after: string | null = null;
    while (open()) {
      const page = await repository.pending(integration.id, entity, after, BATCH);
      const links = await this.#links(
        integration.id,
        page.map(({ toExternalId }) => ({ entity, externalId: toExternalId })),
      );
      const arrived = page.filter(({ toExternalId }) => links.has(nameOf(entity, toExternalId)));
      if (arrived.length > 0)
        await repository.commit(async (tx) => {
          const fresh = await tx.getAll(arrived.map(({ id }) => repository.byId(id)));
          for (const row of fresh.flatMap((one) => one ?? []))
            tx.update(repository.byId(row.id), {
              to: links.get(nameOf(entity, row.toExternalId))?.recordId ?? null,
              ...{ status: 'linked', pendingSince: null, reportedAt: null },
            });
        });
      if (page.length < BATCH) break;
      after = page.at(-1)?.id ?? null;
    }
    await this.#count(integration.id);
  }

  /** Tells people of what has not come for a day, once, and keeps the number at the connection. */
  async report(open: () => boolean): Promise<{ reported: number }> {
    const { repository, clock } = this.deps;
    let reported = 0;
    // One word for all that is missing, not one for each batch of it.
    const told = new Set<string>();
    while (open()) {
      const before = new Date(clock.now().getTime() - REPORT_AFTER_MS);
      const rows = await repository.unreported(before, BATCH);
      const [first] = rows;
      if (!first) break;
      const own = rows.filter(({ integrationId }) => integrationId === first.integrationId);
      const missing = await repository.pendingCount(first.integrationId, before);
      await this.#tell(own, told.has(first.integrationId) ? null : missing, before);
      told.add(first.integrationId);
      await this.#count(first.integrationId);
      reported += own.length;
    }
    return { reported };
  }

  async #write(
    integration: Integration,
    entity: string,
    add: readonly VendorAssociation[],
    remove: readonly Relation[],
  ): Promise<void> {
    const { repository, clock } = this.deps;
    const { id: integrationId, organizationId } = integration;
    const links = await this.#links(
      integrationId,
      add.flatMap((one): End[] => [
        { entity, externalId: one.externalId },
        { entity: one.entity, externalId: one.toExternalId },
      ]),
    );
    await repository.commit(async (tx) => {
      for (const { id } of remove) tx.delete(repository.byId(id));
      for (const { externalId, entity: toEntity, toExternalId, kind } of add) {
        const to = links.get(nameOf(toEntity, toExternalId))?.recordId ?? null;
        const ends = {
          integrationId,
          fromEntity: entity,
          fromExternalId: externalId,
          toEntity,
          toExternalId,
        };
        tx.set(repository.ref({ ...ends, kind }), {
          ...{ organizationId, ...ends, kind, to, source: integration.platform },
          // It is read at this moment, and gets this id when it is written.
          from:
            links.get(nameOf(entity, externalId))?.recordId ?? linkIdOf(integrationId, entity, externalId),
          status: to === null ? 'pending' : 'linked',
          pendingSince: to === null ? clock.now() : null,
          reportedAt: null,
        });
      }
    });
  }

  async #tell(rows: readonly Relation[], missing: number | null, before: Date): Promise<void> {
    const { repository, integrations, outbox, clock } = this.deps;
    const [first] = rows;
    if (!first) return;
    const { organizationId, integrationId } = first;
    await repository.commit(async (tx) => {
      const fresh = await tx.getAll(rows.map(({ id }) => repository.byId(id)));
      const integration = await integrations.getIn(tx, organizationId, integrationId);
      const due = fresh.flatMap((row) =>
        row?.status === 'pending' && row.reportedAt === null && row.pendingSince && row.pendingSince <= before
          ? row
          : [],
      );
      for (const { id } of due) tx.update(repository.byId(id), { reportedAt: clock.now() });
      if (integration && due.length > 0 && missing !== null)
        outbox.append(tx, relationsPending, {
          ...{ organizationId, integrationId, name: integration.name, missing },
        });
    });
  }

  async #count(integrationId: string): Promise<void> {
    const { repository, sync, clock } = this.deps;
    const ref = sync.connectionRef(integrationId);
    const connection = await sync.db.get(ref);
    if (!connection) return;
    const before = new Date(clock.now().getTime() - REPORT_AFTER_MS);
    const missingRelations = await repository.pendingCount(integrationId, before);
    if (missingRelations !== connection.missingRelations) await sync.db.update(ref, { missingRelations });
  }

  async #links(integrationId: string, ends: readonly End[]): Promise<Map<string, RecordLink>> {
    const byEntity = new Map<string, Set<string>>();
    for (const { entity, externalId } of ends)
      byEntity.set(entity, (byEntity.get(entity) ?? new Set()).add(externalId));
    const found = await Promise.all(
      [...byEntity].map(([entity, ids]) => this.deps.sync.links(integrationId, entity, [...ids])),
    );
    return new Map(found.flat().map((link) => [nameOf(link.entity, link.externalId), link]));
  }
}

function nameOf(entity: string, externalId: string): string {
  return `${entity}\n${externalId}`;
}
