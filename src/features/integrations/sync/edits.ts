import 'server-only';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { Clock } from '@/core/time/clock';
import type { CreateRecordBody, CrmEntity, EditableField, RecordTarget } from '@/features/crm/schema';
import type { Integration, IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import { type Expressions, mapRecord } from '../mapping/mapper';
import { readPath } from '../mapping/paths';
import type { DataMapping, MappingRepository } from '../mapping/repository';
import type { IntegrationAdapter } from '../providers/types';
import { OUTBOUND_JOB, type OutboundJob } from './outbound';
import { writableRules } from './outward';
import { linkIdOf, pendingIdOf, type SyncRepository } from './repository';

export interface EditDeps {
  repository: SyncRepository;
  integrations: Pick<IntegrationRepository, 'get' | 'getIn' | 'page'>;
  mappings: Pick<MappingRepository, 'entity'>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  expressions: Expressions;
  jobs: Pick<JobQueue, 'enqueueIn'>;
  clock: Clock;
}

const CONNECTIONS = 50;
/** Nothing reaches the vendor until a person connects it again. */
const ENDED: ReadonlySet<string> = new Set(['disconnected', 'reauth_required']);

interface About {
  organizationId: string;
  connectionId: string;
  entity: string;
  /** What it is derived from is what is changed. */
  derivedFrom?: string | null;
}

interface EditedRecord extends About {
  id: string;
  externalId: string;
  version: number;
}

/** What people may change of a synced record, and how it gets to its vendor. */
export class RecordEdits {
  constructor(readonly deps: EditDeps) {}

  async editable(record: About): Promise<EditableField[]> {
    return [...(await this.#rules(record))].map(([field, { fieldType, isRequired }]) => ({
      ...{ field, type: fieldType, required: isRequired },
    }));
  }

  /** @throws ValidationError at the field that cannot be written, or whose value does not fit. */
  async checked(record: About, given: Record<string, unknown>): Promise<Record<string, unknown>> {
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
    const { organizationId, connectionId: integrationId, entity, version } = record;
    const externalId = record.externalId || pendingIdOf(record.id);
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

  /** Connections that take a new record of this kind, with the fields to fill in, those first without which none is taken. */
  async targets(organizationId: string, entity: CrmEntity): Promise<RecordTarget[]> {
    const { integrations } = this.deps;
    const { items } = await integrations.page(organizationId, { limit: CONNECTIONS });
    const found = await Promise.all(
      items.map(async (integration): Promise<RecordTarget[]> => {
        const fields = ENDED.has(integration.status) ? [] : await this.#creatable(integration, entity);
        const { id: connectionId, name, platform } = integration;
        return fields.length > 0 ? [{ connectionId, name, platform, fields }] : [];
      }),
    );
    return found.flat();
  }

  /** @throws NotFoundError for a connection that is not there, ValidationError at what cannot be taken or is missing. */
  async checkedNew(
    organizationId: string,
    { connectionId, entity, fields: given }: CreateRecordBody,
  ): Promise<{ platform: string; fields: Record<string, unknown> }> {
    const integration = await this.deps.integrations.get(organizationId, connectionId);
    if (!integration) throw new NotFoundError('This connection');
    const wanted = await this.#creatable(integration, entity);
    if (wanted.length === 0)
      throw ValidationError.at('body.entity', 'This connection takes no new record of this kind.');
    const about = { organizationId, connectionId, entity };
    const fields = await this.checked(about, given);
    const missing = wanted.filter(({ field, required }) => required && (fields[field] ?? null) === null);
    if (missing.length > 0)
      throw new ValidationError(
        'Some fields must have a value.',
        missing.map(({ field }) => ({
          path: `body.fields.${field}`,
          message: 'This field must have a value.',
        })),
      );
    if (Object.values(fields).every((value) => value === null))
      throw ValidationError.at('body.fields', 'Fill in at least one field.');
    return { platform: integration.platform, fields };
  }

  /** A new record's way to its vendor. Reads at once and writes when called. */
  async createIn(
    tx: Tx,
    record: { id: string; organizationId: string; connectionId: string; entity: CrmEntity },
  ): Promise<() => void> {
    const { repository, integrations, jobs, clock } = this.deps;
    const { organizationId, connectionId: integrationId, entity, id: recordId } = record;
    const externalId = pendingIdOf(recordId);
    const integration = await integrations.getIn(tx, organizationId, integrationId);
    if (!integration || ENDED.has(integration.status))
      throw new ConflictError('This connection does not work now. Reconnect it, then add the record.');
    await jobs.enqueueIn(tx, {
      type: OUTBOUND_JOB,
      payload: { organizationId, integrationId, entity } satisfies OutboundJob,
      idempotencyKey: `${linkIdOf(integrationId, entity, externalId)}_new`,
    });
    return () =>
      tx.create(repository.linkRef(integrationId, entity, externalId), {
        ...{ organizationId, integrationId, connectionId: integrationId, entity, externalId, recordId },
        ...{
          ownRecordId: null,
          home: null,
          order: '',
          shardKey: 'primary',
          role: 'primary',
          fieldHash: '',
          base: {},
          lastPushed: null,
        },
        ...{ aliases: [], deleted: false, pushDue: clock.now(), conflict: null, conflictVersion: 0 },
        creation: { firstTriedAt: null, lastTriedAt: null },
      });
  }

  async #creatable(integration: Integration, entity: CrmEntity): Promise<EditableField[]> {
    const { organizationId, id: connectionId } = integration;
    if (!this.deps.adapters.get(integration.type)?.writer?.creator) return [];
    const fields = await this.editable({ organizationId, connectionId, entity });
    return fields
      .filter(({ type }) => type !== 'array')
      .toSorted((a, b) => Number(b.required) - Number(a.required));
  }

  async #rules({
    organizationId,
    connectionId,
    entity,
    derivedFrom = null,
  }: About): Promise<Map<string, DataMapping>> {
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
