import 'server-only';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import { crmConnectionModel, type LiveChanges } from '@/features/crm/schema';
import { changeCursorModel } from './schema';

export type ChangeCursor = Doc<typeof changeCursorModel>;

/** As many as one process looks after. */
const MOST = 500;

export class ChangeRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  connectionRef(integrationId: string): Ref<typeof crmConnectionModel> {
    return this.db.doc(crmConnectionModel, integrationId);
  }

  cursorRef(integrationId: string, entity: string): Ref<typeof changeCursorModel> {
    return this.db.doc(changeCursorModel, `${integrationId}_${entity}`);
  }

  cursor(integrationId: string, entity: string): Promise<ChangeCursor | null> {
    return this.db.get(this.cursorRef(integrationId, entity));
  }

  /** Connections whose people want changes as they happen. */
  async wanted(): Promise<{ id: string; liveChanges: LiveChanges }[]> {
    const all = this.db.collection(crmConnectionModel).where('liveChanges.enabled', '==', true);
    const found = await this.db.find(all.limit(MOST));
    return found.filter(({ status }) => status === 'active');
  }

  /** Where listening stands; nothing where the connection ended or nobody wants it any more. */
  async place(
    integrationId: string,
    entity: string,
    place: Pick<ChangeCursor, 'position' | 'storedAt' | 'catchUp'>,
  ): Promise<void> {
    await this.run(async (tx) => {
      const connection = await tx.get(this.connectionRef(integrationId));
      if (connection?.status !== 'active' || !connection.liveChanges.enabled) return;
      const { organizationId } = connection;
      tx.set(this.cursorRef(integrationId, entity), { organizationId, integrationId, entity, ...place });
    });
  }

  /** How listening goes, for people; switched off meanwhile it stays off. */
  async show(integrationId: string, live: Omit<LiveChanges, 'enabled'>): Promise<void> {
    await this.run(async (tx) => {
      const connection = await tx.get(this.connectionRef(integrationId));
      if (connection?.status !== 'active' || !connection.liveChanges.enabled) return;
      const heardAt = live.heardAt ?? connection.liveChanges.heardAt;
      tx.update(this.connectionRef(integrationId), { liveChanges: { ...live, heardAt, enabled: true } });
    });
  }
}
