import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import { ExpressionError, type ExpressionService } from './expressions';
import { languageOf, mapRecord } from './mapper';
import { type DataMapping, MAX_MAPPINGS, type MappingRepository } from './repository';
import { planOf, type SavePlan } from './save';
import type {
  ChangeMappingBody,
  CreateMappingBody,
  MappingQuery,
  MappingRule,
  MappingView,
  PreviewBody,
  PreviewView,
  SavedView,
  SaveMappingsBody,
  TemplateView,
} from './schema';
import { MAPPING_TEMPLATES } from './templates.data';

export interface MappingDeps {
  repository: MappingRepository;
  expressions: Pick<ExpressionService, 'compile' | 'evaluate' | 'matches'>;
  audit: AuditTrail;
  /** After mappings of a vendor's records changed: these are read anew, soon. */
  changed(organizationId: string, integrationType: string): Promise<void>;
}

/** How an organisation maps vendors' fields to its own. */
export class DataMappingService {
  static getInstance(): DataMappingService {
    return singleton<DataMappingService>('DataMappingService');
  }

  constructor(readonly deps: MappingDeps) {}

  /** In the order they were made. */
  async list(organizationId: string, query: MappingQuery): Promise<Page<MappingView>> {
    const { items, cursor } = await this.deps.repository.page(organizationId, query);
    return { items: items.map(toView), cursor };
  }

  async get(organizationId: string, id: string): Promise<MappingView> {
    return toView(present(await this.deps.repository.get(organizationId, id)));
  }

  /**
   * @throws ValidationError at the field whose expression does not compile, with the position.
   * @throws ConflictError when the field is mapped already, or the entity has as many mappings as it may.
   */
  async create(actor: Actor, input: CreateMappingBody): Promise<MappingView> {
    const { repository, audit } = this.deps;
    const { organizationId } = actor;
    await this.#requireCompiling(input);
    const mapping = { ...input, organizationId, version: 1, createdBy: actor.userId };
    await this.#requireRoom(organizationId, input, 1);
    const { id } = repository.refOf(mapping);
    const made = await repository.create(mapping, (tx) =>
      audit.append(tx, actor, entry('mapping.created', mapping, id)),
    );
    if (!made) throw new ConflictError('This field is mapped already. Change that mapping instead.');
    await this.#changed(organizationId, input.integrationType);
    return this.get(organizationId, id);
  }

  /** Raises the version. @throws ConflictError `stale_version` when somebody changed it meanwhile. */
  async change(
    actor: Actor,
    id: string,
    { expectedVersion, ...patch }: ChangeMappingBody,
  ): Promise<MappingView> {
    const { repository, audit } = this.deps;
    const known = present(await repository.get(actor.organizationId, id));
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    await this.#requireCompiling({ ...known, ...given });
    await repository.run(async (tx) => {
      const current = present(await repository.getIn(tx, actor.organizationId, id));
      if (current.version !== expectedVersion)
        throw new ConflictError('Somebody changed this mapping meanwhile. Load it again.', 'stale_version');
      tx.update(repository.ref(id), { ...given, version: current.version + 1 });
      audit.append(tx, actor, entry('mapping.changed', current, id));
    });
    await this.#changed(actor.organizationId, known.integrationType);
    return this.get(actor.organizationId, id);
  }

  async delete(actor: Actor, id: string): Promise<void> {
    const { repository, audit } = this.deps;
    const { integrationType } = await repository.run(async (tx) => {
      const known = present(await repository.getIn(tx, actor.organizationId, id));
      tx.delete(repository.ref(id));
      audit.append(tx, actor, entry('mapping.deleted', known, id));
      return known;
    });
    await this.#changed(actor.organizationId, integrationType);
  }

  /**
   * Puts a kind of record's mappings in place of those that are there, all or nothing. One that stays as it was keeps its version.
   * @throws ConflictError `stale_version` when others are stored than the caller has seen.
   * @throws ValidationError at each mapping that cannot be used.
   */
  async save(actor: Actor, input: SaveMappingsBody): Promise<SavedView> {
    const { repository } = this.deps;
    const { integrationType, entityType, expected, mappings } = input;
    const { organizationId } = actor;
    const faults = (
      await Promise.all(mappings.map((rule, at) => this.#faultsOf(rule, `body.mappings.${at}`)))
    ).flat();
    if (faults.length > 0) throw refused(faults);
    const plan = await repository.run(async (tx) => {
      const known = await repository.entityIn(tx, organizationId, integrationType, entityType);
      const found = planOf(known, mappings, expected);
      this.#write(tx, actor, { integrationType, entityType }, found);
      return found;
    });
    const [created, changed, deleted] = [plan.create.length, plan.change.length, plan.remove.length];
    if (created + changed + deleted > 0) await this.#changed(organizationId, integrationType);
    const items = await repository.entity(organizationId, integrationType, entityType);
    return { items: items.map(toView), created, changed, deleted };
  }

  /** What a record would become, under the stored mappings or those that are given; writes nothing. */
  async preview(organizationId: string, input: PreviewBody): Promise<PreviewView> {
    const { repository, expressions } = this.deps;
    const { integrationType, entityType, record, context } = input;
    const rules = input.mappings ?? (await repository.entity(organizationId, integrationType, entityType));
    const errors: PreviewView['errors'] = [];
    await Promise.all(
      rules.map(async (rule) => {
        const [fault] = await this.#faultsOf(rule, '');
        if (!fault) return;
        const { path, ...rest } = fault;
        const step = path.endsWith('transformation') ? 'expression' : 'validation';
        errors.push({ field: rule.externalField, step, ...rest });
      }),
    );
    const faulty = new Set(errors.map(({ field }) => field));
    const usable = rules.filter(({ externalField }) => !faulty.has(externalField));
    const mapped = await mapRecord(record, usable, expressions, context);
    const after = mapped.record as PreviewView['after'];
    return { before: record, after, errors: [...errors, ...mapped.errors] };
  }

  templates(): TemplateView[] {
    return [...MAPPING_TEMPLATES];
  }

  /** Copies a template's fields to the organisation. Fields that are mapped already stay as they are. */
  async applyTemplate(actor: Actor, templateId: string): Promise<{ created: number; kept: number }> {
    const { repository, audit } = this.deps;
    const { organizationId } = actor;
    const template = MAPPING_TEMPLATES.find(({ id }) => id === templateId);
    if (!template) throw new NotFoundError('This template');
    const { integrationType, entityType, mappings } = template;
    const applied = await repository.run(async (tx: Tx) => {
      const wanted = mappings.map((rule) => ({
        ...rule,
        integrationType,
        entityType,
        organizationId,
        version: 1,
        createdBy: actor.userId,
      }));
      const refs = wanted.map((mapping) => repository.refOf(mapping));
      const known = await tx.getAll(refs);
      const total = await repository.countIn(tx, organizationId, integrationType, entityType);
      const missing = wanted.filter((_, at) => known[at] === null);
      if (total + missing.length > MAX_MAPPINGS) throw tooMany();
      for (const mapping of missing) tx.create(repository.refOf(mapping), mapping);
      const target = { type: 'mapping', id: templateId, label: template.name };
      audit.append(tx, actor, {
        action: 'mapping.template_applied',
        target,
        facts: { created: missing.length },
      });
      return { created: missing.length, kept: wanted.length - missing.length };
    });
    if (applied.created > 0) await this.#changed(organizationId, integrationType);
    return applied;
  }

  #write(
    tx: Tx,
    actor: Actor,
    kind: { integrationType: string; entityType: string },
    { create, change, remove }: SavePlan,
  ): void {
    const { repository, audit } = this.deps;
    const { organizationId, userId } = actor;
    if (create.length + change.length + remove.length === 0) return;
    for (const rule of create) {
      const mapping = { ...rule, ...kind, organizationId, version: 1, createdBy: userId };
      tx.create(repository.refOf(mapping), mapping);
    }
    for (const { id, version, patch } of change) tx.update(repository.ref(id), { ...patch, version });
    for (const id of remove) tx.delete(repository.ref(id));
    const label = `${kind.integrationType} ${kind.entityType}`;
    audit.append(tx, actor, {
      action: 'mapping.saved',
      target: { type: 'mapping', id: `${kind.integrationType}-${kind.entityType}`, label },
      facts: { created: create.length, changed: change.length, deleted: remove.length },
    });
  }

  /** What is stored is stored: a vendor that is not asked now is asked by its schedule. */
  async #changed(organizationId: string, integrationType: string): Promise<void> {
    try {
      await this.deps.changed(organizationId, integrationType);
    } catch (error) {
      logger.warn({ err: error, integrationType }, 'changed mappings wait for the next scheduled sync');
    }
  }

  async #requireRoom(
    organizationId: string,
    { integrationType, entityType }: CreateMappingBody,
    more: number,
  ): Promise<void> {
    const known = await this.deps.repository.entity(organizationId, integrationType, entityType);
    if (known.length + more > MAX_MAPPINGS) throw tooMany();
  }

  async #requireCompiling(rule: MappingRule, at = 'body'): Promise<void> {
    const faults = await this.#faultsOf(rule, at);
    if (faults.length > 0) throw refused(faults);
  }

  /** What keeps a mapping from being used, with the place of an expression's fault. */
  async #faultsOf(rule: MappingRule, at: string): Promise<RuleFault[]> {
    const { expressions } = this.deps;
    const { transformation, validation } = rule;
    const attempt = async (path: string, compile: () => Promise<void>): Promise<RuleFault[]> => {
      try {
        await compile();
        return [];
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        return [{ path: `${at}.${path}`, message: error.message, ...error.position }];
      }
    };
    const faults: RuleFault[] = [];
    if (transformation !== null)
      faults.push(
        ...(await attempt('transformation', () => expressions.compile(languageOf(rule), transformation))),
      );
    if (validation.pattern !== undefined) {
      const { pattern } = validation;
      faults.push(...(await attempt('validation.pattern', () => expressions.compile('pattern', pattern))));
    }
    if (rule.fieldType === 'enum' && !validation.values)
      faults.push({ path: `${at}.validation.values`, message: 'Say which values are allowed.' });
    return faults;
  }
}

interface RuleFault {
  path: string;
  message: string;
  line?: number;
  character?: number;
}

function refused(faults: readonly RuleFault[]): ValidationError {
  const spoken = faults.map(({ path, message, line, character }) => {
    const where =
      line !== undefined ? ` (line ${line})` : character !== undefined ? ` (character ${character})` : '';
    return { path, message: `${message}${where}` };
  });
  return new ValidationError(spoken[0]?.message ?? 'A mapping cannot be used.', spoken);
}

function tooMany(): ConflictError {
  return new ConflictError(`An entity has at most ${MAX_MAPPINGS} mappings. Delete one first.`);
}

function toView({ organizationId: _o, ...view }: DataMapping): MappingView {
  return view;
}

function entry(
  action: string,
  mapping: Pick<DataMapping, 'integrationType' | 'entityType' | 'externalField'>,
  id: string,
) {
  const label = `${mapping.integrationType} ${mapping.entityType}: ${mapping.externalField}`;
  return { action, target: { type: 'mapping', id, label } };
}

/** Somebody else's mapping does not exist here. @throws NotFoundError */
function present<T>(found: T | null): T {
  if (found === null) throw new NotFoundError('This mapping');
  return found;
}
