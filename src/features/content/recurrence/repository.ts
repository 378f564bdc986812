import 'server-only';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Tx } from '@/core/db/db';
import { type Post, postModel } from '../schema';
import { type Series, seriesModel, type UnsavedSeries } from './schema';

/** Occurrences of one series that are looked at together: more than sixty days hold. */
const OCCURRENCES_MAX = 500;

export class SeriesRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  find(id: string): Promise<Series | null> {
    return this.db.get(this.#ref(id));
  }

  /** Null for a series of another organisation. */
  async get(organizationId: string, id: string): Promise<Series | null> {
    const series = await this.find(id);
    return series?.organizationId === organizationId ? series : null;
  }

  getIn(tx: Tx, id: string): Promise<Series | null> {
    return tx.get(this.#ref(id));
  }

  list(organizationId: string, query: PageQuery): Promise<Page<Series>> {
    const own = this.db.collection(seriesModel).where('organizationId', '==', organizationId);
    return this.db.page(own, query, { field: 'createdAt' });
  }

  createIn(tx: Tx, { id, ...series }: UnsavedSeries): void {
    tx.create(this.#ref(id), series);
  }

  updateIn(tx: Tx, id: string, patch: Partial<Omit<UnsavedSeries, 'id'>>): void {
    tx.update(this.#ref(id), patch);
  }

  async update(id: string, patch: Partial<Omit<UnsavedSeries, 'id'>>): Promise<void> {
    await this.db.update(this.#ref(id), patch);
  }

  /** Series that go on and are materialised less far than this, the furthest behind first. */
  behind(by: Date, limit: number): Promise<Series[]> {
    return this.db.find(
      this.db
        .collection(seriesModel)
        .where('status', '==', 'active')
        .where('materialisedTo', '<', by)
        .orderBy('materialisedTo')
        .limit(limit),
    );
  }

  /** Posts of a series from a wall time on, withdrawn ones too. */
  posts({ organizationId, id }: Pick<Series, 'organizationId' | 'id'>, from: string): Promise<Post[]> {
    return this.db.find(
      this.db
        .collection(postModel)
        .where('organizationId', '==', organizationId)
        .where('series.id', '==', id)
        .where('series.localTime', '>=', from)
        .orderBy('series.localTime')
        .limit(OCCURRENCES_MAX),
    );
  }

  #ref(id: string) {
    return this.db.doc(seriesModel, id);
  }
}
