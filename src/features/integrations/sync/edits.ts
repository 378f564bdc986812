import 'server-only';
import type { Tx } from '@/core/db/db';
import { ConflictError, ValidationError } from '@/core/errors';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { Clock } from '@/core/time/clock';
import type { EditableField } from '@/features/crm/schema';
import type { IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import { type Expressions, mapRecord } from '../mapping/mapper';
import { readPath } from '../mapping/paths';
import type { DataMapping, MappingRepository } from '../mapping/repository';
import type { IntegrationAdapter } from '../providers/types';
import { OUTBOUND_JOB, type OutboundJob } from './outbound';
import { writableRules } from './outward';
import { linkIdOf, type SyncRepository } from './repository';

export interface EditDeps {
  repository: SyncRepository;
  integrations: Pick<IntegrationRepository, 'get' | 'getIn'>;
  mappings: Pick<MappingRepository, 'entity'>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  expressions: Expressions;
  jobs: Pick<JobQueue, 'enqueueIn'>;
  clock: Clock;
}

/** Nothing reaches the vendor until a person connects it again. */
const ENDED: ReadonlySet<string> = new Set(['disconnected', 'reauth_required']);

interface EditedRecord {
  organizationId: string;
  connectionId: string;
  entity: string;
  externalId: string;
  version: number;
  /** What it is derived from is what is changed. */
  derivedFrom: string | null;
}

/** What people may change of a synced record, and how it gets to its vendor. */
export class RecordEdits {
  constructor(readonly deps: EditDeps) {}

  async editable(record: EditedRecord): Promise<EditableField[]> {
    return [...(await this.#rules(record))].map(([field, { fieldType, isRequired }]) => ({
      ...{ field, type: fieldType, required: isRequired },
    }));
  }

  /** @throws ValidationError at the field that cannot be written, or whose value does not fit. */
  async checked(record: EditedRecord, given: Record<string, unknown>): Promise<Record<string, unknown>> {
    const rules = await this.#rules(record);
    const faults: { path: string; message: string }[] = [];
    const checked: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(given)) {
      const rule = rules.get(field);
      const outcome = rule
        ? await valueFor(rule, value, this.deps.expressions)
        : { fault: 'This field cannot be changed here: it is not mapped to one that can be written there.' };
      if ('fault' in outcome) faults.push({ path: `body.fields.${field}`, message: outcome.fault });
      else checked[field] = outcome.value;
    }
    if (faults.length > 0) throw new ValidationError('Some values cannot be taken.', faults);
    return checked;
  }

  async dueIn(tx: Tx, record: EditedRecord): Promise<() => void> {
    const { repository, integrations, jobs, clock } = this.deps;
    const { organizationId, connectionId: integrationId, entity, externalId, version } = record;
    const integration = await integrations.getIn(tx, organizationId, integrationId);
    const ref = repository.linkRef(integrationId, entity, externalId);
    const link = await tx.get(ref);
    if (!link || !integration || ENDED.has(integration.status))
      throw new ConflictError('Its connection does not work now. Reconnect it, then change the record.');
    await jobs.enqueueIn(tx, {
      type: OUTBOUND_JOB,
      payload: { organizationId, integrationId, entity } satisfies OutboundJob,
      idempotencyKey: `${linkIdOf(integrationId, entity, externalId)}_${version}`,
    });
    return () => tx.update(ref, { pushDue: clock.now() });
  }

  async #rules({
    organizationId,
    connectionId,
    entity,
    derivedFrom,
  }: EditedRecord): Promise<Map<string, DataMapping>> {
    if (derivedFrom !== null) return new Map();
    const { integrations, mappings, adapters } = this.deps;
    const integration = await integrations.get(organizationId, connectionId);
    const adapter = integration && adapters.get(integration.type);
    if (!integration || !adapter || integration.status === 'disconnected') return new Map();
    return writableRules(
      await mappings.entity(organizationId, integration.type, entity),
      adapter.writer,
      entity,
    );
  }
}

/** A person's value goes the way of the vendor's own: converted and checked by the field's mapping. */
async function valueFor(
  rule: DataMapping,
  value: unknown,
  expressions: Expressions,
): Promise<{ value: unknown } | { fault: string }> {
  const given = value === '' ? null : value;
  const alone = { ...rule, internalField: 'value', externalField: 'value', defaultValue: null };
  const { record, errors } = await mapRecord({ value: given }, [alone], expressions);
  const fault = errors[0];
  return fault ? { fault: fault.message } : { value: readPath(record, 'value') ?? null };
}
