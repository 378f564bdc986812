import type {
  SandboxAccount,
  SandboxGrant,
  SandboxMedia,
  SandboxPost,
} from '@/features/platforms/sandbox/schema';

/** Where the sandbox network keeps its world: Firestore in the product, memory in the test server. */
export interface SandboxStore {
  account(id: string): Promise<SandboxAccount | null>;
  createAccount(account: SandboxAccount): Promise<boolean>;
  /** Atomic. Null from `change` leaves the document alone. @returns what it is now, or null when it does not exist. */
  changeAccount(
    id: string,
    change: (account: SandboxAccount) => SandboxAccount | null,
  ): Promise<SandboxAccount | null>;

  grant(id: string): Promise<SandboxGrant | null>;
  createGrant(grant: SandboxGrant): Promise<void>;
  changeGrant(id: string, change: (grant: SandboxGrant) => SandboxGrant | null): Promise<SandboxGrant | null>;
  grantsOf(accountId: string): Promise<SandboxGrant[]>;

  media(id: string): Promise<SandboxMedia | null>;
  createMedia(media: SandboxMedia): Promise<void>;
  putChunk(mediaId: string, index: number, bytes: Uint8Array): Promise<void>;
  chunks(mediaId: string, count: number): AsyncIterable<Uint8Array>;

  post(id: string): Promise<SandboxPost | null>;
  /** @returns false when a post of that id is there already. */
  createPost(post: SandboxPost): Promise<boolean>;
  changePost(id: string, change: (post: SandboxPost) => SandboxPost | null): Promise<SandboxPost | null>;
  /** Newest first. */
  postsOf(accountId: string, since: Date, limit: number): Promise<SandboxPost[]>;
  /** Posts of others that an account finds in its inbox, newest first. */
  notifying(accountId: string, since: Date, limit: number): Promise<SandboxPost[]>;
  /** Public posts, newest first. */
  feed(before: Date | null, handle: string | null, limit: number): Promise<SandboxPost[]>;
}

/** The whole world in memory, for the test server and benchmarks. */
export class MemorySandboxStore implements SandboxStore {
  readonly accounts = new Map<string, SandboxAccount>();
  readonly grants = new Map<string, SandboxGrant>();
  readonly files = new Map<string, SandboxMedia>();
  readonly posts = new Map<string, SandboxPost>();

  /** @param keepBytes false drops file contents: for uploads too big to hold. */
  constructor(readonly keepBytes = true) {}
  readonly #bytes = new Map<string, Uint8Array>();

  account = async (id: string) => this.accounts.get(id) ?? null;
  grant = async (id: string) => this.grants.get(id) ?? null;
  media = async (id: string) => this.files.get(id) ?? null;
  post = async (id: string) => this.posts.get(id) ?? null;
  createAccount = async (account: SandboxAccount) => create(this.accounts, account);
  createPost = async (post: SandboxPost) => create(this.posts, post);
  changeAccount = async (id: string, change: (one: SandboxAccount) => SandboxAccount | null) =>
    changed(this.accounts, id, change);
  changeGrant = async (id: string, change: (one: SandboxGrant) => SandboxGrant | null) =>
    changed(this.grants, id, change);
  changePost = async (id: string, change: (one: SandboxPost) => SandboxPost | null) =>
    changed(this.posts, id, change);

  async createGrant(grant: SandboxGrant): Promise<void> {
    this.grants.set(grant.id, grant);
  }

  async grantsOf(accountId: string): Promise<SandboxGrant[]> {
    return [...this.grants.values()].filter((grant) => grant.accountId === accountId);
  }

  async createMedia(media: SandboxMedia): Promise<void> {
    this.files.set(media.id, media);
  }

  async putChunk(mediaId: string, index: number, bytes: Uint8Array): Promise<void> {
    if (this.keepBytes) this.#bytes.set(`${mediaId}/${index}`, bytes);
  }

  async *chunks(mediaId: string, count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index += 1)
      yield this.#bytes.get(`${mediaId}/${index}`) ?? new Uint8Array();
  }

  async postsOf(accountId: string, since: Date, limit: number): Promise<SandboxPost[]> {
    return newest(this.posts, (post) => post.accountId === accountId && post.postedAt >= since).slice(
      0,
      limit,
    );
  }

  async notifying(accountId: string, since: Date, limit: number): Promise<SandboxPost[]> {
    const found = newest(this.posts, (post) => post.notifies.includes(accountId) && post.postedAt >= since);
    return found.slice(0, limit);
  }

  async feed(before: Date | null, handle: string | null, limit: number): Promise<SandboxPost[]> {
    return newest(
      this.posts,
      (post) =>
        post.visibility === 'public' &&
        post.deletedAt === null &&
        (!before || post.postedAt < before) &&
        (!handle || post.handle === handle),
    ).slice(0, limit);
  }
}

function create<T extends { id: string }>(map: Map<string, T>, item: T): boolean {
  if (map.has(item.id)) return false;
  map.set(item.id, item);
  return true;
}

function changed<T>(map: Map<string, T>, id: string, change: (item: T) => T | null): T | null {
  const item = map.get(id);
  if (!item) return null;
  const next = change(item) ?? item;
  map.set(id, next);
  return next;
}

function newest(map: Map<string, SandboxPost>, keep: (post: SandboxPost) => boolean): SandboxPost[] {
  return [...map.values()].filter(keep).sort((a, b) => b.postedAt.getTime() - a.postedAt.getTime());
}
