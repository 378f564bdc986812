import { readOutboundMessage } from '../../inbound/salesforce';
import type { ToldChange } from '../types';
import { caseSafeId, isRecordId } from './ids';
import { OBJECTS } from './objects.data';

/** What an outbound message names: each of its notifications carries one record, whose values may be old by now. */
export function toldBySalesforce(delivery: Uint8Array): readonly ToldChange[] | null {
  const message = readOutboundMessage(delivery);
  if (!message) return null;
  const { records } = message;
  if (records.some((record) => record === null || !isRecordId(record.id))) return null;
  return Object.entries(OBJECTS).flatMap(([entity, object]): ToldChange[] => {
    const ids = records.flatMap((record) => (record?.object === object ? caseSafeId(record.id) : []));
    return ids.length > 0 ? [{ entity, hint: { kind: 'records', ids: [...new Set(ids)] } }] : [];
  });
}
