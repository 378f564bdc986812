import 'server-only';
import type { FieldReview } from './conflicts';
import { diffOf } from './mapped';
import { idOf, NOTHING_YET, type PassStore, type PassStoreDeps, type Target } from './pass-store';
import type { Change } from './plan';
import { deletionOf } from './record-writes';
import type { StoredRecord } from './records';
import { linkIdOf, type RecordLink } from './repository';
import type { EntityEnd, SyncDiff, SyncPass } from './schema';
import type { Settlement } from './settle';
import { isAbsorbed } from './shared-records';

interface DryTarget extends Omit<Target, 'adapter'> {
  /** Whether the sync writes at the vendor as well. */
  pushes: boolean;
  /** What is due at the vendor already, in words. */
  due(except: ReadonlySet<string>): Promise<SyncDiff[]>;
}

/** A dry run: only the task remembers where it is. It settles records by the words of the real run, and writes none. */
export class DryStore implements PassStore {
  constructor(
    readonly deps: Pick<PassStoreDeps, 'repository' | 'records' | 'clock'>,
    readonly target: DryTarget,
  ) {}

  async load() {
    const { integration, entity, task } = this.target;
    const { repository } = this.deps;
    const checkpoint = await repository.checkpoint(integration.id, entity);
    const stored = await repository.task(task.id);
    // A pass of a real run that is under way is not a dry run's to go on with.
    return { ...(checkpoint ?? NOTHING_YET), pass: stored?.dryPasses[entity] ?? null };
  }

  async save(pass: SyncPass, _changes: readonly Change[], after: Promise<void>): Promise<void> {
    const { repository } = this.deps;
    await after;
    await repository.db.update(repository.taskRef(this.target.task.id), {
      [`dryPasses.${this.target.entity}`]: pass,
    });
  }

  async finish(_pass: SyncPass, _changes: readonly Change[], end: EntityEnd): Promise<void> {
    const { repository } = this.deps;
    await repository.db.update(repository.taskRef(this.target.task.id), {
      [`ended.${this.target.entity}`]: end,
    });
  }

  async diffs(changes: readonly Change[]): Promise<SyncDiff[]> {
    const { integration, entity, settler } = this.target;
    const { repository, records } = this.deps;
    if (changes.length === 0) return [];
    const ids = changes.map(
      (change) => change.link?.recordId ?? linkIdOf(integration.id, entity, idOf(change)),
    );
    const stored = await repository.commit((tx) => records.getIn(tx, ids));
    const found = await Promise.all(
      changes.map(async (change, at): Promise<SyncDiff[]> => {
        const known = stored[at] ?? null;
        if (change.kind === 'delete') return [this.#deletion(change.link, known, change.erase)];
        const { mapped, link } = change;
        const absorbed = link !== null && isAbsorbed(link);
        const settlement = await settler.settle(
          link?.base ?? {},
          mapped,
          known,
          integration.platform,
          absorbed,
        );
        const restored = known !== null && link?.deleted === true;
        return settledDiffs({ entity, externalId: mapped.externalId }, known, settlement, restored);
      }),
    );
    return found.flat().filter(({ direction }) => direction === 'in' || this.target.pushes);
  }

  outward(known: readonly SyncDiff[]): Promise<SyncDiff[]> {
    if (!this.target.pushes) return Promise.resolve([]);
    return this.target.due(new Set(known.map(({ externalId }) => externalId)));
  }

  #deletion(link: RecordLink, known: StoredRecord | null, erase: boolean): SyncDiff {
    const { entity, settler, integration } = this.target;
    const outcome = deletionOf(link, known, erase, {
      policy: settler.policy,
      platform: integration.platform,
      stamp: this.deps.clock.now().getTime(),
    });
    return deletionDiff({ entity, externalId: link.externalId }, known, outcome);
  }
}

/** A record that is gone at the vendor: gone here too, or with what waits for a person. */
export function deletionDiff(
  about: { entity: string; externalId: string },
  known: StoredRecord | null,
  reviews: readonly FieldReview[] | null,
): SyncDiff {
  const here = { ...about, direction: 'in' as const, title: known?.title ?? '' };
  if (!reviews) return { ...here, change: 'delete', fields: [] };
  const fields = reviews.map(({ field, internal, external }) => ({
    field,
    before: internal,
    after: external,
  }));
  return { ...here, change: 'conflict', fields };
}

/** What a settlement writes on each side, and what it leaves for a person. */
export function settledDiffs(
  about: { entity: string; externalId: string },
  known: StoredRecord | null,
  { fields, reviews, toExternal, base }: Settlement,
  restored = false,
): SyncDiff[] {
  const title = known?.title ?? '';
  const inward = diffOf(restored ? {} : (known?.fields ?? {}), fields);
  const outward = Object.entries(toExternal).map(([field, after]) => ({
    ...{ field, before: base[field] ?? null, after },
  }));
  const diffs: SyncDiff[] = [];
  if (!known) diffs.push({ ...about, title, direction: 'in', change: 'create', fields: inward });
  else if (inward.length > 0 || restored)
    diffs.push({ ...about, title, direction: 'in', change: 'update', fields: inward });
  if (outward.length > 0)
    diffs.push({ ...about, title, direction: 'out', change: 'update', fields: outward });
  if (reviews.length > 0)
    diffs.push({
      ...about,
      ...{ title, direction: 'in', change: 'conflict' },
      fields: reviews.map(({ field, internal, external }) => ({ field, before: internal, after: external })),
    });
  return diffs;
}
