import 'server-only';
import type { Page, PageQuery } from '@/core/db/cursor';
import { type Db, type Doc, isAlreadyExists } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { memberModel } from '@/features/organizations/schema';
import { notificationModel } from './schema';

type Notification = Doc<typeof notificationModel>;
const PAGE = 200;

export class NotificationRepository {
  constructor(readonly db: Db) {}

  /** @returns false when it is there already. */
  async create(id: string, notification: NewDoc<typeof notificationModel>): Promise<boolean> {
    try {
      await this.db.create(this.db.doc(notificationModel, id), notification);
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
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
    const admins = await this.db.find(
      this.db.collection(memberModel, path).where('role', 'in', ['owner', 'admin']).limit(20),
    );
    return [...new Set([...(author ? [authorId] : []), ...admins.map((member) => member.userId)])];
  }

  #of(userId: string) {
    return this.db.collection(notificationModel).where('userId', '==', userId);
  }
}
