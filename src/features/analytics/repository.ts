import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { Db, Ref, Tx, Version } from '@/core/db/db';
import { type NewDoc, pathOf } from '@/core/db/model';
import type { PublishedRef } from '@/features/platforms/providers/types';
import { runModel } from '@/features/publishing/schema';
import {
  type Measured,
  type Point,
  pointModel,
  type Rollup,
  rollupId,
  rollupModel,
  type Subject,
  type Sums,
  subjectModel,
} from './schema';

/** What one measurement or publication adds to the roll-ups of a day. */
export interface Contribution {
  organizationId: string;
  connectionId: string;
  /** `2026-03-29` */
  day: string;
  sums: Sums;
  /** Level of the channel, where it was measured. */
  followers?: number;
}

/** Measured posts and channels, raw points and roll-ups in Firestore. */
export class AnalyticsRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  subject(id: string): Promise<Subject | null> {
    return this.db.get(this.#subject(id));
  }

  subjectIn(tx: Tx, id: string): Promise<Subject | null> {
    return tx.get(this.#subject(id));
  }

  createSubjectIn(tx: Tx, id: string, subject: NewDoc<typeof subjectModel>): void {
    tx.create(this.#subject(id), subject);
  }

  updateSubjectIn(tx: Tx, id: string, patch: Partial<NewDoc<typeof subjectModel>>): void {
    tx.update(this.#subject(id), patch);
  }

  async updateSubject(id: string, patch: Partial<NewDoc<typeof subjectModel>>): Promise<void> {
    await this.db.update(this.#subject(id), patch);
  }

  createPointIn(tx: Tx, point: NewDoc<typeof pointModel>): void {
    tx.create(this.db.doc(pointModel, `${point.subjectId}_${point.bucket}`), point);
  }

  /** How the network knows a published run. Null when it is not out, or not known by an id. */
  async publishedRef(runId: string): Promise<PublishedRef | null> {
    const run = await this.db.get(this.db.doc(runModel, runId));
    if (!run?.platformPostId) return null;
    const root = run.parts.find((part) => part.key === 'root');
    return {
      id: run.platformPostId,
      ...(run.permalink ? { permalink: run.permalink } : {}),
      ...(root ? { extra: root.extra } : {}),
    };
  }

  /** What should have been measured by then, longest due first. */
  dueSubjects(by: Date, limit: number): Promise<Subject[]> {
    return this.db.find(
      this.db.collection(subjectModel).where('nextPullAt', '<=', by).orderBy('nextPullAt').limit(limit),
    );
  }

  /** Posts of a month with the most engagements, of one channel or of all. */
  bestPosts(
    organizationId: string,
    connectionId: string | null,
    month: string,
    limit: number,
  ): Promise<Subject[]> {
    let query = this.db
      .collection(subjectModel)
      .where('organizationId', '==', organizationId)
      .where('kind', '==', 'post')
      .where('month', '==', month);
    if (connectionId) query = query.where('connectionId', '==', connectionId);
    return this.db.find(query.orderBy('engagements', 'desc').limit(limit));
  }

  /** Adds to day and month roll-ups of channel and organisation without reading them, so that writers never wait for each other. */
  contributeIn(tx: Tx, contribution: Contribution): void {
    const { organizationId, connectionId, day, sums, followers } = contribution;
    const month = day.slice(0, 7);
    const dayOfMonth = day.slice(8);
    const added = Object.fromEntries(
      Object.entries(sums).map(([name, value]) => [name, FieldValue.increment(value)]),
    );
    const level = followers === undefined ? {} : { followers };
    // An empty map in a merge replaces what is stored, so it must not be written.
    const whole = Object.keys(added).length > 0 ? { sums: added } : null;
    const cell = { ...whole, ...level };
    if (Object.keys(cell).length === 0) return;
    const merge = (channel: string | null, grain: Rollup['grain'], fields: object) => {
      const period = grain === 'day' ? day : month;
      this.#mergeRollup(tx, { organizationId, connectionId: channel, grain, period }, fields);
    };
    merge(connectionId, 'day', cell);
    merge(connectionId, 'month', { days: { [dayOfMonth]: cell } });
    if (whole) merge(null, 'day', whole);
    merge(null, 'month', {
      ...(whole ? { days: { [dayOfMonth]: whole } } : {}),
      channels: { [connectionId]: { [dayOfMonth]: cell } },
    });
  }

  /** Month roll-ups that exist, in the order asked for. */
  async months(
    organizationId: string,
    connectionId: string | null,
    months: readonly string[],
  ): Promise<Rollup[]> {
    const refs = months.map((month) => this.#rollup(organizationId, connectionId, month));
    return (await this.db.getAll(refs)).filter((one) => one !== null);
  }

  /** Day and month roll-ups of a month, of the organisation and its channels, with the versions a replacement must find. */
  async rollupsOfMonth(organizationId: string, month: string): Promise<Map<string, Version<Rollup>>> {
    const rows = await this.db.find(
      this.db
        .collection(rollupModel)
        .where('organizationId', '==', organizationId)
        .where('period', '>=', month)
        .where('period', '<=', `${month}-99`),
    );
    const versions = await this.db.getVersions(rows.map((row) => this.db.doc(rollupModel, row.id)));
    return new Map(versions.flatMap((one) => (one ? [[one.data.id, one] as const] : [])));
  }

  /** Replaces a roll-up unless somebody changed it since it was read. */
  replaceRollupIn(tx: Tx, id: string, known: Version<Rollup> | null, next: NewDoc<typeof rollupModel>): void {
    const ref = this.db.doc(rollupModel, id);
    if (known) tx.updateUnchanged(ref, known, { ...next, followers: next.followers ?? FieldValue.delete() });
    else tx.create(ref, next);
  }

  /** Raw points of an organisation measured in `[from, to)`, oldest first, in bounded memory. */
  points(organizationId: string, from: Date, to: Date): AsyncGenerator<Point> {
    const query = this.db
      .collection(pointModel)
      .where('organizationId', '==', organizationId)
      .where('measuredAt', '>=', from)
      .where('measuredAt', '<', to);
    return this.db.scan(query, { field: 'measuredAt', direction: 'asc' });
  }

  /** Posts of an organisation that went out in `[from, to)`. */
  postsOut(organizationId: string, from: Date, to: Date): AsyncGenerator<Subject> {
    const query = this.db
      .collection(subjectModel)
      .where('organizationId', '==', organizationId)
      .where('kind', '==', 'post')
      .where('since', '>=', from)
      .where('since', '<', to);
    return this.db.scan(query, { field: 'since', direction: 'asc' });
  }

  /** The newest posts of a channel that went out since then. */
  channelPostsSince(organizationId: string, connectionId: string, from: Date): Promise<Subject[]> {
    return this.db.find(
      this.db
        .collection(subjectModel)
        .where('organizationId', '==', organizationId)
        .where('kind', '==', 'post')
        .where('connectionId', '==', connectionId)
        .where('since', '>=', from)
        .orderBy('since', 'desc')
        .limit(1_000),
    );
  }

  /** The newest point of a subject before an instant: what growth counts from. */
  async lastPointBefore(subjectId: string, before: Date): Promise<Measured> {
    const point = await this.db.first(
      this.db
        .collection(pointModel)
        .where('subjectId', '==', subjectId)
        .where('measuredAt', '<', before)
        .orderBy('measuredAt', 'desc'),
    );
    return point?.metrics ?? {};
  }

  #subject(id: string): Ref<typeof subjectModel> {
    return this.db.doc(subjectModel, id);
  }

  #rollup(organizationId: string, connectionId: string | null, period: string): Ref<typeof rollupModel> {
    return this.db.doc(rollupModel, rollupId(organizationId, connectionId, period));
  }

  #mergeRollup(
    tx: Tx,
    key: Pick<Rollup, 'organizationId' | 'connectionId' | 'grain' | 'period'>,
    fields: object,
  ): void {
    const id = rollupId(key.organizationId, key.connectionId, key.period);
    const start = new Date(key.grain === 'day' ? `${key.period}T00:00:00Z` : `${key.period}-01T00:00:00Z`);
    tx.raw.set(
      this.db.firestore.doc(`${pathOf(rollupModel)}/${id}`),
      // The same creation time on every merge: whichever comes first makes the document.
      { ...key, ...fields, createdAt: start, updatedAt: FieldValue.serverTimestamp() },
      { merge: true },
    );
  }
}
