import 'server-only';
import { derivedId } from '@/core/crypto/derived-id';
import type { Page } from '@/core/db/cursor';
import { type Db, type Doc, isAlreadyExists, type Ref, type Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { inOrder } from './order';
import { dataMappingModel, type MappingQuery } from './schema';

export type DataMapping = Doc<typeof dataMappingModel>;

/** Bounds the mappings of one entity. */
export const MAX_MAPPINGS = 200;

export class MappingRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  ref(id: string): Ref<typeof dataMappingModel> {
    return this.db.doc(dataMappingModel, id);
  }

  /** A field has one mapping: its id is made of what must be unique. */
  refOf(mapping: Pick<DataMapping, 'organizationId' | 'integrationType' | 'entityType' | 'externalField'>) {
    const { organizationId, integrationType, entityType, externalField } = mapping;
    return this.ref(derivedId([organizationId, integrationType, entityType, externalField]));
  }

  /** A mapping of this organisation, or null. */
  async get(organizationId: string, id: string): Promise<DataMapping | null> {
    return own(organizationId, await this.db.get(this.ref(id)));
  }

  async getIn(tx: Tx, organizationId: string, id: string): Promise<DataMapping | null> {
    return own(organizationId, await tx.get(this.ref(id)));
  }

  /** @returns false when the field is mapped already. */
  async create(mapping: NewDoc<typeof dataMappingModel>, also: (tx: Tx) => void): Promise<boolean> {
    try {
      await this.db.run(async (tx) => {
        tx.create(this.refOf(mapping), mapping);
        also(tx);
      });
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  /** In the order in which they are applied: what is written later wins. */
  async entity(organizationId: string, integrationType: string, entityType: string): Promise<DataMapping[]> {
    return inOrder(await this.db.find(this.#entity(organizationId, integrationType, entityType)));
  }

  entityIn(
    tx: Tx,
    organizationId: string,
    integrationType: string,
    entityType: string,
  ): Promise<DataMapping[]> {
    return tx.find(this.#entity(organizationId, integrationType, entityType));
  }

  async countIn(
    tx: Tx,
    organizationId: string,
    integrationType: string,
    entityType: string,
  ): Promise<number> {
    return (await this.entityIn(tx, organizationId, integrationType, entityType)).length;
  }

  page(organizationId: string, query: MappingQuery): Promise<Page<DataMapping>> {
    const { integrationType, entityType, ...page } = query;
    let all = this.db.collection(dataMappingModel).where('organizationId', '==', organizationId);
    if (integrationType) all = all.where('integrationType', '==', integrationType);
    if (entityType) all = all.where('entityType', '==', entityType);
    return this.db.page(all, page, { field: 'createdAt', direction: 'asc' });
  }

  #entity(organizationId: string, integrationType: string, entityType: string) {
    return this.db
      .collection(dataMappingModel)
      .where('organizationId', '==', organizationId)
      .where('integrationType', '==', integrationType)
      .where('entityType', '==', entityType)
      .orderBy('createdAt')
      .limit(MAX_MAPPINGS + 1);
  }
}

function own(organizationId: string, found: DataMapping | null): DataMapping | null {
  return found?.organizationId === organizationId ? found : null;
}
