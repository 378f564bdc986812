import type { IntegrationType } from '../connections/schema';
import { INTEGRATIONS } from '../registry.data';
import type { RecordStore, RecordStores } from '../sync/records';

/** Records of CRMs go to the CRM's room, those of all other vendors to `integration_data`. */
export function recordStores(
  crm: RecordStore,
  data: RecordStore,
): RecordStores & Pick<RecordStore, 'forget'> {
  const crms: ReadonlySet<IntegrationType> = new Set(
    INTEGRATIONS.filter(({ category }) => category === 'crm').map(({ type }) => type),
  );
  return {
    of: (type) => (crms.has(type) ? crm : data),
    forget: async (connectionId, limit) =>
      (await crm.forget(connectionId, limit)) + (await data.forget(connectionId, limit)),
  };
}
