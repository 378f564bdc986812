import 'server-only';
import { FieldValue, Filter } from 'firebase-admin/firestore';
import type { Page } from '@/core/db/cursor';
import type { Db, PatchOf, Tx } from '@/core/db/db';
import {
  type Approval,
  type ListPostsQuery,
  POST_STATUSES,
  type Post,
  type PostStatus,
  postModel,
  type UnsavedPost,
} from './schema';

/** Fields of a post that may be absent: an edit that leaves one out removes it. */
const OPTIONAL = ['firstComment', 'thread', 'sandbox', 'campaignId'] as const;

/** What an edit replaces; everything else of the document belongs to others (roll-up, author, source). */
export type PostEdit = Pick<
  UnsavedPost,
  | 'master'
  | 'channels'
  | 'channelIds'
  | 'mediaIds'
  | 'firstComment'
  | 'thread'
  | 'tags'
  | 'campaignId'
  | 'version'
  | 'contentHash'
  | 'approval'
  | 'schedule'
  | 'sandbox'
  | 'series'
> & { status?: PostStatus };

/** Withdrawn posts are listed only when asked for. */
const LISTED: readonly PostStatus[] = POST_STATUSES.filter((status) => status !== 'deleted');

export class ContentRepository {
  constructor(readonly db: Db) {}

  ref(id: string) {
    return this.db.doc(postModel, id);
  }

  /** Null for a post of another organisation. */
  async get(organizationId: string, id: string): Promise<Post | null> {
    const post = await this.db.get(this.ref(id));
    return post?.organizationId === organizationId ? post : null;
  }

  async getIn(tx: Tx, organizationId: string, id: string): Promise<Post | null> {
    const post = await tx.get(this.ref(id));
    return post?.organizationId === organizationId ? post : null;
  }

  /** Those of these ids that exist. */
  async existing(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.db.getAll(ids.map((id) => this.ref(id)));
    return new Set(found.flatMap((post) => post?.id ?? []));
  }

  createIn(tx: Tx, { id, ...post }: UnsavedPost): void {
    tx.create(this.ref(id), post);
  }

  editIn(tx: Tx, id: string, edit: PostEdit): void {
    const removed = OPTIONAL.filter((field) => edit[field] === undefined);
    tx.update(this.ref(id), {
      ...edit,
      ...Object.fromEntries(removed.map((field) => [field, FieldValue.delete()])),
    } as PatchOf<Post>);
  }

  setStatusIn(tx: Tx, id: string, status: PostStatus): void {
    tx.update(this.ref(id), { status });
  }

  setApprovalIn(tx: Tx, id: string, approval: Approval): void {
    tx.update(this.ref(id), { approval });
  }

  deleteIn(tx: Tx, id: string): void {
    tx.delete(this.ref(id));
  }

  /** Posts waiting for their time, for the tier's limit. */
  countScheduled(organizationId: string): Promise<number> {
    return this.db.count(
      this.db
        .collection(postModel)
        .where('organizationId', '==', organizationId)
        .where('status', '==', 'scheduled'),
    );
  }

  /**
   * Newest first.
   * @param draftsOf whose drafts are included: one person's, or `all`.
   */
  list(organizationId: string, query: ListPostsQuery, draftsOf: string): Promise<Page<Post>> {
    let rows = this.db.collection(postModel).where('organizationId', '==', organizationId);
    const asked = query.status === undefined ? LISTED : [query.status].flat();
    if (draftsOf === 'all' || !asked.includes('draft')) rows = rows.where('status', 'in', asked);
    else {
      const shared = asked.filter((status) => status !== 'draft');
      const own = Filter.and(Filter.where('status', '==', 'draft'), Filter.where('authorId', '==', draftsOf));
      rows = rows.where(
        shared.length > 0 ? Filter.or(Filter.where('status', 'in', shared), own) : own,
      ) as typeof rows;
    }
    if (query.channel) rows = rows.where('channelIds', 'array-contains', query.channel);
    if (query.tag) rows = rows.where('tags', 'array-contains', query.tag);
    if (query.campaignId) rows = rows.where('campaignId', '==', query.campaignId);
    if (query.approval) rows = rows.where('approval.status', '==', query.approval);
    if (query.author) rows = rows.where('authorId', '==', query.author);
    return this.db.page(rows, query, { field: 'createdAt' });
  }
}
