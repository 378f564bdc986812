import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import type { JobQueue } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { type ConflictSettings, DEFAULT_POLICY } from '@/features/crm/schema';
import type { Integration, IntegrationRepository } from '../connections/repository';

import { ExpressionError, type ExpressionService } from '../mapping/expressions';
import type { MappingRepository } from '../mapping/repository';
import type { SideState } from './conflicts';
import { OUTBOUND_JOB, type OutboundJob } from './outbound';
import { trace } from './provenance';
import { RecordWrites } from './record-writes';
import type { RecordStore, StoredRecord } from './records';
import type { RecordLink, SyncConflict, SyncRepository } from './repository';
import type {
  ConflictQuery,
  ConflictView,
  CrmConnectionView,
  ResolveBody,
  ResolvedManyView,
  ResolveManyBody,
} from './schema';
import { chosen } from './settle';
import { Settler } from './settler';
import { fieldOf, same } from './values';

export interface ConflictDeps {
  repository: SyncRepository;
  integrations: IntegrationRepository;
  mappings: Pick<MappingRepository, 'entity'>;
  records: RecordStore;
  expressions: Pick<ExpressionService, 'compile' | 'evaluate' | 'matches'>;
  jobs: Pick<JobQueue, 'enqueueIn'>;
  audit: AuditTrail;
  clock: Clock;
}

/** What both sides changed: settled by strategies that people set, or by people one by one. */
export class ConflictService {
  static getInstance(): ConflictService {
    return singleton<ConflictService>('ConflictService');
  }

  constructor(readonly deps: ConflictDeps) {}

  /** Newest first. */
  async list(organizationId: string, query: ConflictQuery): Promise<Page<ConflictView>> {
    const { items, cursor } = await this.deps.repository.conflicts(organizationId, query);
    return { items: items.map(toView), cursor };
  }

  /**
   * Settles a conflict. Our side changes at once where the vendor's was chosen; the vendor's gets ours soon after.
   * @throws ConflictError `stale_version` when it is settled already, or a side changed since it was read.
   * @throws ValidationError at `body.fields.<name>` when a field is without a choice.
   */
  async resolve(actor: Actor, id: string, body: ResolveBody): Promise<ConflictView> {
    const { repository, records, audit, clock } = this.deps;
    await repository.run(async (tx) => {
      const conflict = present(await tx.get(repository.conflictRef(id)), actor);
      if (conflict.status !== 'open' || conflict.version !== body.expectedVersion)
        throw new ConflictError('This conflict changed meanwhile. Look at it again.', 'stale_version');
      const choices = choicesOf(conflict, body);
      const link = await tx.get(repository.linkById(id));
      const [record] = await records.getIn(tx, [conflict.recordId]);
      if (!link || !record) throw new NotFoundError('This conflict');
      const end = await this.#endIn(tx, actor, { conflict, link, record, choices });
      const version = conflict.version + 1;
      tx.update(repository.conflictRef(id), {
        ...{ status: 'resolved', version, resolvedAt: clock.now(), resolvedBy: actor.userId, choices },
      });
      end({ conflict: null, conflictVersion: version });
      audit.append(tx, actor, {
        action: 'integration.conflict_resolved',
        target: { type: 'sync_conflict', id, label: conflict.recordId },
        facts: { fields: Object.entries(choices).map(([field, side]) => `${field}: ${side}`) },
      });
    });
    return toView(present(await repository.db.get(repository.conflictRef(id)), actor));
  }

  /** Settles many by one word. Each stands for itself: what cannot be settled keeps none of the others. */
  async resolveMany(actor: Actor, { strategy, conflicts }: ResolveManyBody): Promise<ResolvedManyView> {
    const done: ResolvedManyView = { resolved: [], failed: [] };
    for (const { id, expectedVersion } of conflicts) {
      try {
        const { version } = await this.resolve(actor, id, { strategy, expectedVersion });
        done.resolved.push({ id, version });
      } catch (error) {
        if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
        done.failed.push({ id, code: error.code, message: error.message });
      }
    }
    return done;
  }

  /** How conflicts settle themselves from now on. @throws ValidationError at an expression or field that cannot be used. */
  async setPolicy(actor: Actor, integrationId: string, policy: ConflictSettings): Promise<CrmConnectionView> {
    const { repository, integrations, audit } = this.deps;
    const { organizationId } = actor;
    const integration = await integrations.get(organizationId, integrationId);
    if (!integration) throw new NotFoundError('This integration');
    await this.#requireUsable(integration, policy);
    const ref = repository.connectionRef(integrationId);
    await repository.run(async (tx) => {
      const connection = await tx.get(ref);
      if (connection?.organizationId !== organizationId) throw new NotFoundError('This integration');
      tx.update(ref, { conflictPolicy: policy });
      const target = { type: 'integration', id: integrationId, label: integration.name };
      const facts = { strategy: policy.strategy };
      audit.append(tx, actor, { action: 'integration.conflict_policy_changed', target, facts });
    });
    const stored = await repository.db.get(ref);
    if (!stored) throw new NotFoundError('This integration');
    const { organizationId: _o, ...view } = stored;
    return view;
  }

  /** Reads what is needed at once; what it gives back writes. */
  async #endIn(
    tx: Tx,
    actor: Actor,
    settled: { conflict: SyncConflict; link: RecordLink; record: StoredRecord; choices: Choices },
  ): Promise<(patch: Partial<RecordLink>) => void> {
    const { repository, records, integrations, jobs, expressions, clock } = this.deps;
    const { conflict, link, record, choices } = settled;
    const { integrationId, entity, organizationId } = conflict;
    const integration = await integrations.getIn(tx, organizationId, integrationId);
    if (!integration) throw new NotFoundError('This conflict');
    const ref = repository.linkById(link.id);
    if (conflict.kind === 'fields') {
      requireSame(conflict, record);
      const payload: OutboundJob = { organizationId, integrationId, entity };
      const idempotencyKey = `${conflict.id}_c${conflict.version}`;
      await jobs.enqueueIn(tx, { type: OUTBOUND_JOB, payload, idempotencyKey });
      const { base, toInternal } = chosen(conflict.fields, choices);
      return (patch) => {
        const stored = withChoice(record, toInternal, actor.userId, clock.now().getTime());
        records.changeIn(tx, record, { ...(stored ? { stored } : {}), sync: 'due' });
        tx.update(ref, { ...patch, base: { ...link.base, ...base }, pushDue: clock.now() });
      };
    }
    if (Object.values(choices).includes('internal'))
      // Nothing at the vendor leads back to it: it is ours alone from now on.
      return (patch) => {
        records.changeIn(tx, record, { sync: 'synced' });
        tx.update(ref, { ...patch, deleted: true, fieldHash: '', pushDue: null, lastPushed: null });
      };
    const settler = new Settler(entity, DEFAULT_POLICY, new Map(), expressions);
    const writes = new RecordWrites(this.deps, integration, settler);
    return (patch) => {
      writes.deleteIn(tx, { ...link, conflict: null }, record, false);
      tx.update(ref, patch);
    };
  }

  async #requireUsable(integration: Integration, policy: ConflictSettings): Promise<void> {
    await this.#requireRule(policy, 'body');
    for (const [entity, own] of Object.entries(policy.entities)) {
      const at = `body.entities.${entity}`;
      await this.#requireRule(own, at);
      const mappings = await this.deps.mappings.entity(integration.organizationId, integration.type, entity);
      const known = new Set(mappings.map(({ internalField }) => internalField));
      for (const [field, rule] of Object.entries(own.fields)) {
        if (!known.has(field))
          throw ValidationError.at(`${at}.fields.${field}`, 'No mapping leads to this field.');
        await this.#requireRule(rule, `${at}.fields.${field}`);
      }
    }
  }

  async #requireRule(
    { strategy, expression }: { strategy: string | null; expression: string | null },
    at: string,
  ): Promise<void> {
    if (expression === null) {
      if (strategy === 'custom_rule')
        throw ValidationError.at(`${at}.expression`, 'Write the rule that decides, as JSONata.');
      return;
    }
    try {
      await this.deps.expressions.compile('jsonata', expression);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const { character } = error.position;
      const where = character === undefined ? '' : ` (character ${character})`;
      throw ValidationError.at(`${at}.expression`, `${error.message}${where}`);
    }
  }
}

type Choices = Record<string, 'external' | 'internal'>;

/** A choice for each of its fields. @throws ValidationError at one that is missing, or is none of them. */
function choicesOf({ fields }: SyncConflict, body: ResolveBody): Choices {
  const names = fields.map(({ field }) => field);
  if ('strategy' in body) {
    const side = body.strategy === 'external_wins' ? 'external' : 'internal';
    return Object.fromEntries(names.map((field) => [field, side]));
  }
  const faults = [
    ...names
      .filter((field) => !Object.hasOwn(body.fields, field))
      .map((field) => ({ path: `body.fields.${field}`, message: 'Choose a side for this field.' })),
    ...Object.keys(body.fields)
      .filter((field) => !names.includes(field))
      .map((field) => ({ path: `body.fields.${field}`, message: 'This field is in no conflict.' })),
  ];
  if (faults.length > 0) throw new ValidationError('Choose a side for each field in conflict.', faults);
  return body.fields;
}

/** @throws ConflictError when our side is not what the person saw. */
function requireSame({ fields }: SyncConflict, record: StoredRecord): void {
  if (fields.every(({ field, internal }) => same(internal, fieldOf(record.fields, field)))) return;
  throw new ConflictError(
    'The record changed meanwhile. Look at the conflict again in a minute.',
    'stale_version',
  );
}

/** The record with the vendor's values that a person chose; null when ours stay. */
export function withChoice(
  { fields, provenance }: StoredRecord,
  toInternal: Readonly<Record<string, unknown>>,
  userId: string,
  stamp: number,
): Pick<StoredRecord, 'fields' | 'provenance'> | null {
  const names = Object.keys(toInternal);
  if (names.length === 0) return null;
  const side: SideState = { fields: {}, deleted: false, stamp, stamps: {}, actor: userId };
  const decisions = names.map((field) => ({
    ...{ field, value: toInternal[field], source: 'external' as const, strategy: 'manual_review' as const },
  }));
  const traced = trace(provenance, fields, decisions, { external: side, internal: side });
  for (const field of names) {
    const known = traced[field];
    if (known) traced[field] = { ...known, source: 'person' };
  }
  return { fields: { ...fields, ...toInternal }, provenance: traced };
}

export function toView({ organizationId: _o, ...view }: SyncConflict): ConflictView {
  return view;
}

/** Somebody else's conflict does not exist here. @throws NotFoundError */
export function present(found: SyncConflict | null, { organizationId }: Actor): SyncConflict {
  if (found?.organizationId !== organizationId) throw new NotFoundError('This conflict');
  return found;
}
