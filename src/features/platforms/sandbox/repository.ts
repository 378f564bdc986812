import 'server-only';
import type { Db, Ref } from '@/core/db/db';
import type { Model } from '@/core/db/model';
import {
  accountModel,
  chunkModel,
  grantModel,
  mediaModel,
  postModel,
  type SandboxAccount,
  type SandboxGrant,
  type SandboxMedia,
  type SandboxPost,
} from '@/features/platforms/sandbox/schema';
import type { SandboxStore } from '@/features/platforms/sandbox/store';

type Stored = { id: string; createdAt?: Date; updatedAt?: Date };

/** The sandbox network's world in Firestore, so that app and worker see the same one. Server only. */
export class SandboxRepository implements SandboxStore {
  constructor(readonly db: Db) {}

  account = (id: string) => this.db.get(this.db.doc(accountModel, id));
  grant = (id: string) => this.db.get(this.db.doc(grantModel, id));
  media = (id: string) => this.db.get(this.db.doc(mediaModel, id));
  post = (id: string) => this.db.get(this.db.doc(postModel, id));
  createAccount = (account: SandboxAccount) => this.#create(accountModel, account);
  createPost = (post: SandboxPost) => this.#create(postModel, post);
  changeAccount = (id: string, change: (one: SandboxAccount) => SandboxAccount | null) =>
    this.#change(accountModel, id, change);
  changeGrant = (id: string, change: (one: SandboxGrant) => SandboxGrant | null) =>
    this.#change(grantModel, id, change);
  changePost = (id: string, change: (one: SandboxPost) => SandboxPost | null) =>
    this.#change(postModel, id, change);

  async createGrant(grant: SandboxGrant): Promise<void> {
    await this.#create(grantModel, grant);
  }

  grantsOf(accountId: string): Promise<SandboxGrant[]> {
    return this.db.find(this.db.collection(grantModel).where('accountId', '==', accountId).limit(500));
  }

  async createMedia(media: SandboxMedia): Promise<void> {
    await this.#create(mediaModel, media);
  }

  async putChunk(mediaId: string, index: number, bytes: Uint8Array): Promise<void> {
    const data = Buffer.from(bytes).toString('base64');
    await this.db.set(this.db.doc(chunkModel, `${mediaId}_${index}`), { mediaId, data });
  }

  async *chunks(mediaId: string, count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index += 1) {
      const chunk = await this.db.get(this.db.doc(chunkModel, `${mediaId}_${index}`));
      if (chunk) yield Buffer.from(chunk.data, 'base64');
    }
  }

  postsOf(accountId: string, since: Date, limit: number): Promise<SandboxPost[]> {
    return this.db.find(
      this.db
        .collection(postModel)
        .where('accountId', '==', accountId)
        .where('postedAt', '>=', since)
        .orderBy('postedAt', 'desc')
        .limit(limit),
    );
  }

  notifying(accountId: string, since: Date, limit: number): Promise<SandboxPost[]> {
    return this.db.find(
      this.db
        .collection(postModel)
        .where('notifies', 'array-contains', accountId)
        .where('postedAt', '>=', since)
        .orderBy('postedAt', 'desc')
        .limit(limit),
    );
  }

  feed(before: Date | null, handle: string | null, limit: number): Promise<SandboxPost[]> {
    let query = this.db
      .collection(postModel)
      .where('visibility', '==', 'public')
      .where('deletedAt', '==', null);
    if (handle) query = query.where('handle', '==', handle);
    if (before) query = query.where('postedAt', '<', before);
    return this.db.find(query.orderBy('postedAt', 'desc').limit(limit));
  }

  async #create<M extends Model>(model: M, item: Stored): Promise<boolean> {
    return await this.db.run(async (tx) => {
      const ref = this.db.doc(model, item.id) as unknown as Ref<typeof accountModel>;
      if (await tx.get(ref)) return false;
      tx.create(ref, plain(item) as never);
      return true;
    });
  }

  async #change<M extends Model, T extends Stored>(
    model: M,
    id: string,
    change: (item: T) => T | null,
  ): Promise<T | null> {
    return await this.db.run(async (tx) => {
      const ref = this.db.doc(model, id) as unknown as Ref<typeof accountModel>;
      const current = (await tx.get(ref)) as unknown as T | null;
      const next = current && change(current);
      if (next) tx.update(ref, plain(next) as never);
      return next ?? current;
    });
  }
}

/** Fields as they are written: name and server stamps are the database's own. */
function plain({ id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...fields }: Stored): object {
  return fields;
}
