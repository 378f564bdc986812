import 'server-only';
import { ConflictError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { IntegrationRepository } from './connections/repository';
import {
  type IntegrationStatus,
  type IntegrationType,
  type RegistryEntry,
  type RegistryQuery,
  registryEntrySchema,
  type StatisticsView,
} from './connections/schema';

export interface RegistryDeps {
  integrations: Pick<IntegrationRepository, 'each'>;
}

/** What can be connected, and how an organisation's connections fare. */
export class IntegrationRegistryService {
  static getInstance(): IntegrationRegistryService {
    return singleton<IntegrationRegistryService>('IntegrationRegistryService');
  }

  readonly #entries = new Map<string, RegistryEntry>();

  constructor(
    entries: readonly RegistryEntry[],
    readonly deps: RegistryDeps,
  ) {
    for (const entry of entries) this.registerIntegration(entry);
  }

  /** @throws ConflictError when there is one of this type; a ZodError for an entry that is not whole. */
  registerIntegration(entry: RegistryEntry): void {
    const whole = registryEntrySchema.parse(entry);
    if (this.#entries.has(whole.type))
      throw new ConflictError(`An integration of the type ${whole.type} is registered already.`);
    this.#entries.set(whole.type, whole);
  }

  byCategory(category: string): RegistryEntry[] {
    return this.find({ category });
  }

  popular(): RegistryEntry[] {
    return this.find({ popular: 'true' });
  }

  /** Every word must begin a word of the name, the category or a kind of record; names that begin with it come first. */
  search(q: string): RegistryEntry[] {
    return this.find({ q });
  }

  /** What can be connected now, narrowed by all that is given. */
  find({ category, q, popular }: RegistryQuery): RegistryEntry[] {
    const wanted = wordsOf(q ?? '');
    const found = [...this.#entries.values()].filter(
      (entry) =>
        entry.isActive &&
        (category === undefined || entry.category === category) &&
        (popular === undefined || entry.isPopular === (popular === 'true')) &&
        wanted.every((word) => spokenOf(entry).some((one) => one.startsWith(word))),
    );
    const [first] = wanted;
    if (first === undefined) return found;
    const leads = (entry: RegistryEntry) => wordsOf(entry.name).some((one) => one.startsWith(first));
    return found.toSorted((a, b) => Number(leads(b)) - Number(leads(a)));
  }

  /** How an organisation's connections fare. What a person ended is not installed any more; its records are still here. */
  async statistics(organizationId: string): Promise<StatisticsView> {
    const total = { installed: 0, active: 0, failing: 0, records: 0 };
    const byType = new Map<IntegrationType, typeof total>();
    for await (const { type, status, dataCount } of this.deps.integrations.each(organizationId)) {
      const own = byType.get(type) ?? { installed: 0, active: 0, failing: 0, records: 0 };
      byType.set(type, own);
      for (const sums of [total, own]) {
        sums.installed += status === 'disconnected' ? 0 : 1;
        sums.active += status === 'active' ? 1 : 0;
        sums.failing += FAILING.has(status) ? 1 : 0;
        sums.records += dataCount;
      }
    }
    const types = [...byType].sort(([a], [b]) => (a < b ? -1 : 1));
    return { ...total, byType: types.map(([type, sums]) => ({ type, ...sums })) };
  }
}

const FAILING: ReadonlySet<IntegrationStatus> = new Set(['error', 'reauth_required']);

function spokenOf({ name, type, category, entities }: RegistryEntry): string[] {
  return wordsOf([name, type, category, ...entities].join(' '));
}

/** Small letters without accents. */
function wordsOf(text: string): string[] {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}
