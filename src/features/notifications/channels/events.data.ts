/** What a chat channel may hear of. Words stand under the same name in `messages/<locale>/notify.json`. */

/** From least to most urgent. `critical` needs somebody now: it goes through quiet hours and digests. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

interface ChannelEventFacts {
  group: 'publishing' | 'channels' | 'sync' | 'tokens' | 'webhooks' | 'installation';
  /** How bad it can be; from least to most urgent. */
  severities: readonly [Severity, ...Severity[]];
}

export const CHANNEL_EVENTS = {
  'publishing.failed': { group: 'publishing', severities: ['critical'] },
  'publishing.blocked': { group: 'publishing', severities: ['critical'] },
  'publishing.unconfirmed': { group: 'publishing', severities: ['warning'] },
  'publishing.partial': { group: 'publishing', severities: ['warning'] },
  'channels.reconnect': { group: 'channels', severities: ['critical'] },
  'sync.failed': { group: 'sync', severities: ['warning'] },
  'sync.partial': { group: 'sync', severities: ['warning'] },
  'sync.conflicts': { group: 'sync', severities: ['info'] },
  'sync.held_deletes': { group: 'sync', severities: ['warning'] },
  'sync.reauth': { group: 'sync', severities: ['critical'] },
  'tokens.budget': { group: 'tokens', severities: ['warning', 'critical'] },
  'webhooks.failing': { group: 'webhooks', severities: ['warning', 'critical'] },
  /** Alerts of the installation itself: only for the organisation that runs it. */
  'installation.alert': { group: 'installation', severities: ['warning', 'critical'] },
} as const satisfies Record<string, ChannelEventFacts>;

export type ChannelEvent = keyof typeof CHANNEL_EVENTS;
export const CHANNEL_EVENT_NAMES = Object.keys(CHANNEL_EVENTS) as [ChannelEvent, ...ChannelEvent[]];

export function severitiesOf(event: ChannelEvent): readonly Severity[] {
  return CHANNEL_EVENTS[event].severities;
}
