import 'server-only';
import type { Page } from '@/core/db/cursor';
import type { Db, Tx } from '@/core/db/db';
import { type ListMediaQuery, type MediaAsset, mediaModel } from './media-schema';
import { type PostStatus, postModel } from './schema';

/** Posts that still need their files: everything that may yet be sent. */
const NEEDS_FILES: readonly PostStatus[] = [
  'draft',
  'scheduled',
  'publishing',
  'attention',
  'partial',
  'failed',
];

/** What else belongs into the transaction that records an asset. */
export interface AlongWith {
  /** Before anything is written; refuses by throwing. */
  check(tx: Tx): Promise<void>;
  write(tx: Tx): void;
}

export class MediaRepository {
  constructor(readonly db: Db) {}

  /** Null for an asset of another organisation: ids do not open doors. */
  async get(organizationId: string, id: string): Promise<MediaAsset | null> {
    const asset = await this.db.get(this.db.doc(mediaModel, id));
    return asset?.organizationId === organizationId ? asset : null;
  }

  async getMany(organizationId: string, ids: readonly string[]): Promise<Map<string, MediaAsset>> {
    const unique = [...new Set(ids)];
    const found = await this.db.getAll(unique.map((id) => this.db.doc(mediaModel, id)));
    return new Map(
      found.flatMap((asset) =>
        asset?.organizationId === organizationId ? [[asset.id, asset] as const] : [],
      ),
    );
  }

  byHash(organizationId: string, sha256: string): Promise<MediaAsset | null> {
    return this.db.first(this.#hashQuery(organizationId, sha256));
  }

  /** One asset per hash and organisation, also when the same file arrives twice at once. @returns the one already there, or null. */
  createUnique(
    id: string,
    asset: Omit<MediaAsset, 'id' | 'createdAt' | 'updatedAt'>,
    along?: AlongWith,
  ): Promise<MediaAsset | null> {
    return this.db.run(async (tx) => {
      await along?.check(tx);
      const [known] = await tx.find(this.#hashQuery(asset.organizationId, asset.sha256).limit(1));
      if (known) return known;
      tx.create(this.db.doc(mediaModel, id), asset);
      along?.write(tx);
      return null;
    });
  }

  list(organizationId: string, query: ListMediaQuery): Promise<Page<MediaAsset>> {
    let rows = this.db.collection(mediaModel).where('organizationId', '==', organizationId);
    if (query.kind) rows = rows.where('kind', '==', query.kind);
    if (query.tag) rows = rows.where('tags', 'array-contains', query.tag);
    return this.db.page(rows, query, { field: 'createdAt' });
  }

  async update(id: string, patch: { altText?: string; tags?: string[] }): Promise<void> {
    await this.db.update(this.db.doc(mediaModel, id), patch);
  }

  /** Deletes the document unless a post may still need the file, decided in one transaction. @returns ids of those posts. */
  deleteUnused(organizationId: string, id: string): Promise<string[]> {
    return this.db.run(async (tx) => {
      const users = await tx.find(
        this.db
          .collection(postModel)
          .where('organizationId', '==', organizationId)
          .where('mediaIds', 'array-contains', id)
          .where('status', 'in', NEEDS_FILES)
          .limit(20),
      );
      if (users.length === 0) tx.delete(this.db.doc(mediaModel, id));
      return users.map((post) => post.id);
    });
  }

  #hashQuery(organizationId: string, sha256: string) {
    return this.db
      .collection(mediaModel)
      .where('organizationId', '==', organizationId)
      .where('sha256', '==', sha256);
  }
}
