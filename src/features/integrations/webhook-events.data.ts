/** What an endpoint may subscribe to, as receivers know it, by the name of our own event. Names are stable. */
export const WEBHOOK_EVENTS = {
  'post.created': 'post.created',
  'post.updated': 'post.updated',
  'post.submitted': 'post.submitted',
  'post.approved': 'post.approved',
  'post.rejected': 'post.rejected',
  'post.commented': 'post.commented',
  'post.scheduled': 'post.scheduled',
  'post.started': 'post.started',
  content_published: 'post.published',
  'post.completed': 'post.completed',
  'post.partial': 'post.partial',
  'post.unconfirmed': 'post.unconfirmed',
  'post.blocked': 'post.blocked',
  'post.failed': 'post.failed',
  'post.cancelled': 'post.cancelled',
  'post.deleted': 'post.deleted',
  'post.removed': 'post.removed',
  platform_connected: 'account.connected',
  'account.expiring': 'account.expiring',
  'account.needs_reauth': 'account.needs_reauth',
  'account.disconnected': 'account.disconnected',
  analytics_updated: 'analytics.updated',
} as const satisfies Record<string, string>;

export type WebhookEventSource = keyof typeof WEBHOOK_EVENTS;

/** Whole groups, later additions included. */
export const WEBHOOK_GROUPS = ['post.*', 'account.*'] as const;

/** `content_published` is the older name of `post.published`, for receivers that know that one. */
const ALIASES = { content_published: 'content_published' } as const satisfies Partial<
  Record<WebhookEventSource, string>
>;

export const WEBHOOK_CHOICES: readonly string[] = [
  ...WEBHOOK_GROUPS,
  ...Object.values(WEBHOOK_EVENTS),
  ...Object.values(ALIASES),
];

/** What a test ping is called. Nobody subscribes to it. */
export const PING_EVENT = 'webhook.ping';

/** The name under which an endpoint with these choices gets an event, or null when it did not ask for it. */
export function subscribedName(source: string, choices: readonly string[]): string | null {
  if (!Object.hasOwn(WEBHOOK_EVENTS, source)) return null;
  const name = WEBHOOK_EVENTS[source as WebhookEventSource];
  const group = `${name.split('.')[0]}.*`;
  if (choices.includes(name) || choices.includes(group)) return name;
  const alias = source in ALIASES ? ALIASES[source as keyof typeof ALIASES] : null;
  return alias && choices.includes(alias) ? alias : null;
}
