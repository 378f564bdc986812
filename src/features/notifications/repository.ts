import 'server-only';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { memberModel } from '@/features/organizations/schema';
import { digestMarkModel, notificationModel } from './schema';

type Notification = Doc<typeof notificationModel>;
const PAGE = 200;

export class NotificationRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  ref(id: string): Ref<typeof notificationModel> {
    return this.db.doc(notificationModel, id);
  }

  notification(id: string): Promise<Notification | null> {
    return this.db.get(this.ref(id));
  }

  createIn(tx: Tx, id: string, notification: NewDoc<typeof notificationModel>): void {
    tx.create(this.ref(id), notification);
  }

  digestRef(userId: string): Ref<typeof digestMarkModel> {
    return this.db.doc(digestMarkModel, userId);
  }

  digestMark(userId: string) {
    return this.db.get(this.digestRef(userId));
  }

  /** What came to a person after an instant, newest first. */
  since(userId: string, after: Date, limit: number): Promise<Notification[]> {
    return this.db.find(
      this.#of(userId).where('createdAt', '>', after).orderBy('createdAt', 'desc').limit(limit),
    );
  }

  page(userId: string, query: PageQuery): Promise<Page<Notification>> {
    return this.db.page(this.#of(userId), query, { field: 'createdAt' });
  }

  /** One page of unread ones. */
  unread(userId: string): Promise<Notification[]> {
    return this.db.find(this.#of(userId).where('readAt', '==', null).limit(PAGE));
  }

  /** Those of this person; unknown and foreign ids are left out. */
  async own(userId: string, ids: readonly string[]): Promise<Notification[]> {
    const found = await this.db.getAll(ids.map((id) => this.db.doc(notificationModel, id)));
    return found.filter((one): one is Notification => one?.userId === userId);
  }

  async markRead(notifications: readonly Notification[], readAt: Date): Promise<void> {
    const open = notifications.filter((one) => one.readAt === null);
    await this.db.run(async (tx) => {
      for (const { id } of open) tx.update(this.db.doc(notificationModel, id), { readAt });
    });
  }

  /** The author where they still are a member, else the admins; with `everyone`, both. */
  async peopleOfPost(organizationId: string, authorId: string, everyone: boolean): Promise<string[]> {
    const path = { orgId: organizationId };
    const author = await this.db.get(this.db.doc(memberModel, authorId, path));
    if (author && !everyone) return [authorId];
    const leaders = await this.leadersOf(organizationId, true);
    return [...new Set([...(author ? [authorId] : []), ...leaders])];
  }

  /** Those who run an organisation: its owner, with `admins` its admins too. */
  async leadersOf(organizationId: string, admins: boolean): Promise<string[]> {
    const roles = admins ? ['owner', 'admin'] : ['owner'];
    const found = await this.db.find(
      this.db.collection(memberModel, { orgId: organizationId }).where('role', 'in', roles).limit(20),
    );
    return found.map((member) => member.userId);
  }

  async membersAmong(organizationId: string, userIds: readonly string[]): Promise<string[]> {
    const path = { orgId: organizationId };
    const found = await this.db.getAll(userIds.map((id) => this.db.doc(memberModel, id, path)));
    return found.flatMap((member) => member?.userId ?? []);
  }

  #of(userId: string) {
    return this.db.collection(notificationModel).where('userId', '==', userId);
  }
}
