import 'server-only';
import { FieldPath, FieldValue } from 'firebase-admin/firestore';
import type { SecretStore } from '@/core/crypto/reencryption';
import type { Page, PageQuery } from '@/core/db/cursor';
import { type Db, type Doc, isAlreadyExists, type Ref, type Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { secretContext } from './context';
import { credentialAuditModel, integrationCredentialModel, integrationStateModel } from './schema';

export type IntegrationCredential = Doc<typeof integrationCredentialModel>;
export type CredentialAudit = Doc<typeof credentialAuditModel>;
export type IntegrationState = Doc<typeof integrationStateModel>;

export class CredentialRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  ref(integrationId: string): Ref<typeof integrationCredentialModel> {
    return this.db.doc(integrationCredentialModel, credentialIdOf(integrationId));
  }

  get(integrationId: string): Promise<IntegrationCredential | null> {
    return this.db.get(this.ref(integrationId));
  }

  /** Grants the upkeep should renew, longest due first. */
  due(now: Date, limit: number): Promise<IntegrationCredential[]> {
    return this.db.find(
      this.db
        .collection(integrationCredentialModel)
        .where('kind', '==', 'integration')
        .where('nextRefreshAt', '<=', now)
        .orderBy('nextRefreshAt')
        .limit(limit),
    );
  }

  /** Secrets whose age people should hear of, longest due first. */
  dueForNotice(now: Date, limit: number): Promise<IntegrationCredential[]> {
    return this.db.find(
      this.db
        .collection(integrationCredentialModel)
        .where('kind', '==', 'integration')
        .where('rotationNoticeAt', '<=', now)
        .orderBy('rotationNoticeAt')
        .limit(limit),
    );
  }

  /** What was done with a secret, newest first. */
  history(organizationId: string, integrationId: string, page: PageQuery): Promise<Page<CredentialAudit>> {
    const all = this.db
      .collection(credentialAuditModel)
      .where('organizationId', '==', organizationId)
      .where('integrationId', '==', integrationId);
    return this.db.page(all, page, { field: 'at' });
  }

  /** Adds uses to an hour's entry. */
  async addUses(id: string, count: number): Promise<void> {
    await this.db.update(this.db.doc(credentialAuditModel, id), { count: FieldValue.increment(count) });
  }

  audit(tx: Tx, id: string, entry: NewDoc<typeof credentialAuditModel>): void {
    tx.create(this.db.doc(credentialAuditModel, id), entry);
  }

  /** @returns false when that is noted already. */
  async auditOnce(id: string, entry: NewDoc<typeof credentialAuditModel>): Promise<boolean> {
    try {
      await this.db.create(this.db.doc(credentialAuditModel, id), entry);
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  async createState(id: string, state: NewDoc<typeof integrationStateModel>): Promise<void> {
    await this.db.create(this.db.doc(integrationStateModel, id), state);
  }

  /** Takes a state out: whoever comes second finds nothing. */
  takeState(id: string): Promise<IntegrationState | null> {
    const ref = this.db.doc(integrationStateModel, id);
    return this.db.run(async (tx) => {
      const state = await tx.get(ref);
      if (state) tx.delete(ref);
      return state;
    });
  }

  /** For the upkeep that moves secrets to the newest key. */
  secretStore(): SecretStore {
    return {
      name: 'integration_credentials',
      page: async (afterId, limit) => {
        const ordered = this.db
          .collection(integrationCredentialModel)
          .where('kind', '==', 'integration')
          .orderBy(FieldPath.documentId());
        const rows = await this.db.find((afterId ? ordered.startAfter(afterId) : ordered).limit(limit));
        return rows.map(({ id, payload, organizationId, integrationType }) => ({
          id,
          payload,
          context: secretContext(integrationType, organizationId),
        }));
      },
      replace: (id, expected, payload) => {
        const ref = this.db.doc(integrationCredentialModel, id);
        return this.db.run(async (tx) => {
          if ((await tx.get(ref))?.payload !== expected) return false;
          tx.update(ref, { payload });
          return true;
        });
      },
    };
  }
}

export function credentialIdOf(integrationId: string): string {
  return `integration_${integrationId}`;
}
