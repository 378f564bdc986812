import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';

import { ExpressionError, type ExpressionService } from './expressions';
import { languageOf, mapRecord } from './mapper';
import { type DataMapping, MAX_MAPPINGS, type MappingRepository } from './repository';
import type {
  ChangeMappingBody,
  CreateMappingBody,
  MappingQuery,
  MappingRule,
  MappingView,
  PreviewBody,
  PreviewView,
  TemplateView,
} from './schema';
import { MAPPING_TEMPLATES } from './templates.data';

export interface MappingDeps {
  repository: MappingRepository;
  expressions: Pick<ExpressionService, 'compile' | 'evaluate' | 'matches'>;
  audit: AuditTrail;
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
    return this.get(actor.organizationId, id);
  }

  delete(actor: Actor, id: string): Promise<void> {
    const { repository, audit } = this.deps;
    return repository.run(async (tx) => {
      const known = present(await repository.getIn(tx, actor.organizationId, id));
      tx.delete(repository.ref(id));
      audit.append(tx, actor, entry('mapping.deleted', known, id));
    });
  }

  /** What a record would become, under the stored mappings or those that are given; writes nothing. */
  async preview(organizationId: string, input: PreviewBody): Promise<PreviewView> {
    const { repository, expressions } = this.deps;
    const { integrationType, entityType, record, context } = input;
    if (input.mappings)
      await Promise.all(
        input.mappings.map((rule, at) => this.#requireCompiling(rule, `body.mappings.${at}`)),
      );
    const rules = input.mappings ?? (await repository.entity(organizationId, integrationType, entityType));
    const mapped = await mapRecord(record, rules, expressions, context);
    return { before: record, after: mapped.record as PreviewView['after'], errors: mapped.errors };
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
    return repository.run(async (tx: Tx) => {
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
    const { expressions } = this.deps;
    const attempt = async (path: string, compile: () => Promise<void>) => {
      try {
        await compile();
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        const { line, character } = error.position;
        const where =
          line === undefined
            ? character === undefined
              ? ''
              : ` (character ${character})`
            : ` (line ${line})`;
        throw ValidationError.at(`${at}.${path}`, `${error.message}${where}`);
      }
    };
    const { transformation, validation } = rule;
    const { pattern } = validation;
    if (transformation !== null)
      await attempt('transformation', () => expressions.compile(languageOf(rule), transformation));
    if (pattern !== undefined)
      await attempt('validation.pattern', () => expressions.compile('pattern', pattern));
    if (rule.fieldType === 'enum' && !validation.values)
      throw ValidationError.at(`${at}.validation.values`, 'Say which values are allowed.');
  }
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
