import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Integration, IntegrationRepository } from '../connections/repository';
import { ExpressionError, type ExpressionService } from '../mapping/expressions';
import type { DataMapping, MappingRepository } from '../mapping/repository';
import type { ShardRepository } from './repository';
import type { SaveShardsBody, ShardRule, ShardsView } from './schema';

export interface ShardDeps {
  repository: ShardRepository;
  integrations: Pick<IntegrationRepository, 'get'>;
  mappings: Pick<MappingRepository, 'entity' | 'entityIn' | 'ref'>;
  expressions: Pick<ExpressionService, 'compile'>;
  audit: AuditTrail;
  /** Whether records of this kind come from such a vendor. */
  hasEntity(integrationType: string, entity: string): boolean;
  /** After rules changed: the vendor's records are read anew, soon. */
  changed(organizationId: string, integrationType: string): Promise<void>;
}

type Fault = { path: string; message: string };

/** Which records of ours a vendor's record becomes, beside the one that it is. */
export class IntegrationShardService {
  static getInstance(): IntegrationShardService {
    return singleton<IntegrationShardService>('IntegrationShardService');
  }

  constructor(readonly deps: ShardDeps) {}

  async rules(organizationId: string, integrationId: string, entity: string): Promise<ShardsView> {
    const { type } = await this.#integration(organizationId, integrationId, entity);
    const { repository, mappings } = this.deps;
    const known = await repository.rules(organizationId, type, entity);
    const available = availableOf(await mappings.entity(organizationId, type, entity));
    return { shards: known?.shards ?? [], version: known?.version ?? 0, available };
  }

  /**
   * Puts rules in place of those that are there. What a rule made that is gone ends with the next pass, which begins soon.
   * @throws ConflictError `stale_version` when somebody else saved meanwhile.
   * @throws ValidationError at each rule that cannot be used.
   */
  async save(
    actor: Actor,
    integrationId: string,
    entity: string,
    { shards, expectedVersion }: SaveShardsBody,
  ): Promise<ShardsView> {
    const { repository, mappings, audit } = this.deps;
    const { organizationId } = actor;
    const { type } = await this.#integration(organizationId, integrationId, entity);
    const mapped = await mappings.entity(organizationId, type, entity);
    await this.#requireUsable(shards, new Set(availableOf(mapped)));
    const ref = repository.rulesRef(organizationId, type, entity);
    await repository.run(async (tx) => {
      const known = await tx.get(ref);
      if ((known?.version ?? 0) !== expectedVersion)
        throw new ConflictError('Somebody changed these shards meanwhile. Load them again.', 'stale_version');
      const [first] = await mappings.entityIn(tx, organizationId, type, entity);
      const keys = new Set(shards.map(({ key }) => key));
      const former = [...(known?.retired ?? []), ...(known?.shards ?? []).map(({ key }) => key)];
      tx.set(ref, {
        ...{ organizationId, integrationType: type, entityType: entity },
        shards: [...shards],
        retired: [...new Set(former)].filter((key) => !keys.has(key)),
        version: expectedVersion + 1,
        swept: known?.swept ?? {},
      });
      // Shards are a part of the mapping: another version of it makes every record be looked at again.
      if (first) tx.update(mappings.ref(first.id), { version: first.version + 1 });
      audit.append(tx, actor, {
        action: 'integration.shards_changed',
        target: { type: 'mapping', id: `${type}-${entity}`, label: `${type} ${entity}` },
        facts: { shards: shards.map(({ key }) => key) },
      });
    });
    await this.#changed(organizationId, type);
    return this.rules(organizationId, integrationId, entity);
  }

  async #integration(organizationId: string, id: string, entity: string): Promise<Integration> {
    const found = await this.deps.integrations.get(organizationId, id);
    if (!found || !this.deps.hasEntity(found.type, entity)) throw new NotFoundError('This kind of record');
    return found;
  }

  async #requireUsable(shards: readonly ShardRule[], available: ReadonlySet<string>): Promise<void> {
    const faults: Fault[] = [];
    const keys = new Set<string>();
    for (const [index, rule] of shards.entries()) {
      const at = `body.shards.${index}`;
      if (keys.has(rule.key)) faults.push({ path: `${at}.key`, message: 'Another shard has this key.' });
      keys.add(rule.key);
      for (const [name, source] of Object.entries(rule.fields))
        if (!available.has(source))
          faults.push({ path: `${at}.fields.${name}`, message: `No mapping fills ${source}.` });
      if (rule.identity !== null && !Object.hasOwn(rule.fields, rule.identity))
        faults.push({ path: `${at}.identity`, message: 'Choose one of the fields that it takes.' });
      if (rule.identity !== null && rule.kind === 'activity')
        faults.push({ path: `${at}.identity`, message: 'What happened is not shared between records.' });
      if (rule.condition !== null) faults.push(...(await this.#compiled(rule.condition, `${at}.condition`)));
    }
    if (faults[0]) throw new ValidationError(faults[0].message, faults);
  }

  async #compiled(condition: string, path: string): Promise<Fault[]> {
    try {
      await this.deps.expressions.compile('jsonata', condition);
      return [];
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const { character } = error.position;
      return [
        { path, message: `${error.message}${character === undefined ? '' : ` (character ${character})`}` },
      ];
    }
  }

  /** What is stored is stored: a vendor that is not asked now is asked by its schedule. */
  async #changed(organizationId: string, integrationType: string): Promise<void> {
    try {
      await this.deps.changed(organizationId, integrationType);
    } catch (error) {
      logger.warn({ err: error, integrationType }, 'changed shards wait for the next scheduled sync');
    }
  }
}

function availableOf(mappings: readonly DataMapping[]): string[] {
  return [...new Set(mappings.map(({ internalField }) => internalField))].sort();
}
