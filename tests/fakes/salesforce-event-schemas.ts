import { createHash } from 'node:crypto';
import avro from 'avsc';

/** A change event's schema as Salesforce gives it: the header first, then every field of the object, each of which may be absent. */
const HEADER = {
  type: 'record',
  name: 'ChangeEventHeader',
  fields: [
    { name: 'entityName', type: 'string' },
    { name: 'recordIds', type: { type: 'array', items: 'string' } },
    {
      name: 'changeType',
      type: {
        type: 'enum',
        name: 'ChangeType',
        symbols: [
          ...['CREATE', 'UPDATE', 'DELETE', 'UNDELETE', 'GAP_CREATE', 'GAP_UPDATE', 'GAP_DELETE'],
          ...['GAP_UNDELETE', 'GAP_OVERFLOW', 'SNAPSHOT'],
        ],
      },
    },
    { name: 'changeOrigin', type: 'string' },
    { name: 'transactionKey', type: 'string' },
    { name: 'sequenceNumber', type: 'int' },
    { name: 'commitTimestamp', type: 'long' },
    { name: 'commitNumber', type: 'long' },
    { name: 'commitUser', type: 'string' },
    { name: 'nulledFields', type: { type: 'array', items: 'string' } },
    { name: 'diffFields', type: { type: 'array', items: 'string' } },
    { name: 'changedFields', type: { type: 'array', items: 'string' } },
  ],
};

export interface EventSchema {
  id: string;
  json: string;
  encode(header: { entityName: string; changeType: string; recordIds: string[]; at: Date }): Buffer;
}

export function eventSchema(object: string, also: readonly string[] = []): EventSchema {
  const optional = (name: string, type: unknown) => ({ name, type: ['null', type], default: null });
  const address = {
    type: 'record',
    name: 'Address',
    fields: [optional('Street', 'string'), optional('City', 'string')],
  };
  const schema = {
    type: 'record',
    name: `${object}ChangeEvent`,
    namespace: 'com.sforce.eventbus',
    fields: [
      { name: 'ChangeEventHeader', type: HEADER },
      optional('Name', 'string'),
      optional('LastModifiedDate', 'long'),
      optional('MailingAddress', address),
      ...also.map((name) => optional(name, 'double')),
    ],
  };
  const type = avro.Type.forSchema(schema as Parameters<typeof avro.Type.forSchema>[0]);
  const json = JSON.stringify(schema);
  return {
    id: createHash('md5').update(json).digest('base64url'),
    json,
    encode: ({ entityName, changeType, recordIds, at }) =>
      type.toBuffer({
        ChangeEventHeader: {
          ...{ entityName, changeType, recordIds, changeOrigin: '', transactionKey: '0005163c-8df4' },
          ...{ sequenceNumber: 1, commitTimestamp: at.getTime(), commitNumber: 11_000_000_000_000 },
          ...{ commitUser: '005000000000001', nulledFields: [], diffFields: [], changedFields: ['0x02'] },
        },
        ...{ Name: 'what it was then', LastModifiedDate: at.getTime() },
        MailingAddress: { Street: null, City: 'Oslo' },
        ...Object.fromEntries(also.map((name) => [name, 0.5])),
      }),
  };
}
