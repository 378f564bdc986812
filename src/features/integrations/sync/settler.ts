import 'server-only';
import type { ConflictSettings, CrmEntity } from '@/features/crm/schema';
import type { Expressions } from '../mapping/mapper';
import type { DataMapping } from '../mapping/repository';
import {
  type ConflictPolicy,
  type CustomOutcome,
  collisionsOf,
  type MergeRule,
  type Reconciliation,
  type SideState,
  strategyFor,
} from './conflicts';
import type { MappedRecord } from './mapped';
import type { RecordValues } from './records';
import { type Settlement, settle } from './settle';
import { ownFields } from './shared-records';
import { type Fields, fieldOf } from './values';

/** How the strategies that are set apply to one kind of record. */
export function policyFor(settings: ConflictSettings, entity: string): ConflictPolicy {
  const own = settings.entities[entity as CrmEntity];
  const fields = Object.entries(own?.fields ?? {});
  return {
    connection: settings.strategy,
    ...(own?.strategy ? { entity: own.strategy } : {}),
    fields: Object.fromEntries(fields.map(([field, { strategy }]) => [field, strategy])),
    mergeRules: Object.fromEntries(
      fields.flatMap(([field, { mergeRule }]): [string, MergeRule][] =>
        mergeRule ? [[field, mergeRule]] : [],
      ),
    ),
  };
}

const NOTHING = { has: () => false };

/** Settles records of one kind by the strategies of their connection. */
export class Settler {
  readonly policy: ConflictPolicy;

  constructor(
    readonly entity: string,
    readonly settings: ConflictSettings,
    /** Fields that can be written at the vendor. */
    readonly rules: ReadonlyMap<string, DataMapping>,
    readonly expressions: Expressions,
  ) {
    this.policy = policyFor(settings, entity);
  }

  async settle(
    base: Fields,
    mapped: Pick<MappedRecord, 'fields' | 'updatedAt'>,
    known: RecordValues | null,
    vendor: string,
    absorbed = false,
  ): Promise<Settlement> {
    const stamp = mapped.updatedAt.getTime();
    const input: Reconciliation = {
      base,
      external: { fields: mapped.fields, deleted: false, stamp, stamps: {}, actor: vendor },
      internal: internalSide(base, mapped.fields, known),
      policy: this.policy,
    };
    const custom = await this.#custom(input);
    const rules = absorbed ? NOTHING : this.rules;
    return settle({ ...input, custom }, known ?? { fields: {}, provenance: {} }, rules);
  }

  async #custom(input: Reconciliation): Promise<Record<string, CustomOutcome>> {
    const asked = collisionsOf(input).filter((field) => strategyFor(this.policy, field) === 'custom_rule');
    const outcomes = asked.map(
      async (field): Promise<[string, CustomOutcome]> => [field, await this.#evaluated(input, field)],
    );
    return Object.fromEntries(await Promise.all(outcomes));
  }

  async #evaluated({ base, external, internal }: Reconciliation, field: string): Promise<CustomOutcome> {
    const own = this.settings.entities[this.entity as CrmEntity];
    const code =
      (own && Object.hasOwn(own.fields, field) ? own.fields[field]?.expression : null) ??
      own?.expression ??
      this.settings.expression;
    if (!code) return { ok: false, error: 'No rule is written for this field.' };
    const value = fieldOf(external.fields, field);
    const record = {
      base: fieldOf(base, field),
      external: value,
      internal: fieldOf(internal.fields, field),
    };
    try {
      const made = await this.expressions.evaluate('jsonata', code, { value, record, context: { field } });
      return made === undefined || made === null
        ? { ok: false, error: 'The rule gave no value.' }
        : { ok: true, value: made };
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Our side, as far as the vendor's knows of it: what only we have is nobody's to compare. */
export function internalSide(base: Fields, external: Fields, known: RecordValues | null): SideState {
  const shared = new Set([...Object.keys(base), ...Object.keys(external)]);
  const provenance = Object.entries(known?.provenance ?? {});
  return {
    fields: Object.fromEntries(
      Object.entries(known ? ownFields(base, known) : {}).filter(([field]) => shared.has(field)),
    ),
    deleted: false,
    stamp: Math.max(0, ...provenance.map(([, { stamp }]) => stamp)),
    stamps: Object.fromEntries(provenance.map(([field, { stamp }]) => [field, stamp])),
    actor: 'irisync',
  };
}
