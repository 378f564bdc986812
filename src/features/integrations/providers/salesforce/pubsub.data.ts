/**
 * The part of Salesforce's Pub/Sub interface that is used here: names, numbers and types of its messages.
 * @see https://developer.salesforce.com/docs/platform/pub-sub-api/references/methods/
 */
const text = (id: number) => ({ type: 'string', id });
const bytes = (id: number) => ({ type: 'bytes', id });
const flag = (id: number) => ({ type: 'bool', id });
const count = (id: number) => ({ type: 'int32', id });

export const PUBSUB_SERVICE = 'eventbus.v1.PubSub';
export const REPLAY = { latest: 0, earliest: 1, custom: 2 } as const;

export const PUBSUB_INTERFACE = {
  nested: {
    eventbus: {
      nested: {
        v1: {
          nested: {
            PubSub: {
              methods: {
                Subscribe: {
                  ...{ requestType: 'FetchRequest', requestStream: true },
                  ...{ responseType: 'FetchResponse', responseStream: true },
                },
                GetSchema: { requestType: 'SchemaRequest', responseType: 'SchemaInfo' },
                GetTopic: { requestType: 'TopicRequest', responseType: 'TopicInfo' },
              },
            },
            TopicRequest: { fields: { topicName: text(1) } },
            TopicInfo: {
              fields: {
                ...{ topicName: text(1), tenantGuid: text(2), canPublish: flag(3), canSubscribe: flag(4) },
                ...{ schemaId: text(5), rpcId: text(6) },
              },
            },
            SchemaRequest: { fields: { schemaId: text(1) } },
            SchemaInfo: { fields: { schemaJson: text(1), schemaId: text(2), rpcId: text(3) } },
            ReplayPreset: { values: { LATEST: 0, EARLIEST: 1, CUSTOM: 2 } },
            FetchRequest: {
              fields: {
                ...{ topicName: text(1), replayPreset: { type: 'ReplayPreset', id: 2 }, replayId: bytes(3) },
                ...{ numRequested: count(4), authRefresh: text(5) },
              },
            },
            FetchResponse: {
              fields: {
                events: { rule: 'repeated', type: 'ConsumerEvent', id: 1 },
                ...{ latestReplayId: bytes(2), rpcId: text(3), pendingNumRequested: count(4) },
              },
            },
            ConsumerEvent: { fields: { event: { type: 'ProducerEvent', id: 1 }, replayId: bytes(2) } },
            ProducerEvent: {
              fields: {
                ...{ id: text(1), schemaId: text(2), payload: bytes(3) },
                headers: { rule: 'repeated', type: 'EventHeader', id: 4 },
              },
            },
            EventHeader: { fields: { key: text(1), value: bytes(2) } },
          },
        },
      },
    },
  },
};
