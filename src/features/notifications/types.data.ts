/**
 * Every kind of notification: where its switch stands in the settings, whether a person must act, and how it travels by mail.
 * Its words stand under the same name in `messages/<locale>/notifications.json`.
 */
export interface NotificationTypeFacts {
  group: 'publishing' | 'review' | 'channels' | 'tokens' | 'billing' | 'integrations';
  /** A person must act: shown first, and mailed at once even to those who chose a digest. */
  urgent: boolean;
  /** `required` mails are receipts: they come at once, at any hour, and cannot be switched off. */
  mail: 'usual' | 'required';
}

export const NOTIFICATION_TYPES = {
  'publishing.unconfirmed': { group: 'publishing', urgent: true, mail: 'usual' },
  'publishing.blocked': { group: 'publishing', urgent: true, mail: 'usual' },
  'publishing.failed': { group: 'publishing', urgent: true, mail: 'usual' },
  'publishing.partial': { group: 'publishing', urgent: true, mail: 'usual' },
  'publishing.feed_stopped': { group: 'publishing', urgent: true, mail: 'usual' },
  'review.requested': { group: 'review', urgent: true, mail: 'usual' },
  'review.approved': { group: 'review', urgent: false, mail: 'usual' },
  'review.changes_requested': { group: 'review', urgent: true, mail: 'usual' },
  'review.comment': { group: 'review', urgent: false, mail: 'usual' },
  'channels.reconnect': { group: 'channels', urgent: true, mail: 'usual' },
  'tokens.warning': { group: 'tokens', urgent: false, mail: 'usual' },
  'tokens.depleted': { group: 'tokens', urgent: true, mail: 'usual' },
  'tokens.refreshed': { group: 'tokens', urgent: false, mail: 'usual' },
  'tokens.budget': { group: 'tokens', urgent: false, mail: 'usual' },
  'billing.receipt': { group: 'billing', urgent: false, mail: 'required' },
  'billing.invoice': { group: 'billing', urgent: false, mail: 'required' },
  'billing.refunded': { group: 'billing', urgent: false, mail: 'usual' },
  'billing.payment_failed': { group: 'billing', urgent: true, mail: 'usual' },
  'integrations.reconnect': { group: 'integrations', urgent: true, mail: 'usual' },
  'integrations.missing_relations': { group: 'integrations', urgent: false, mail: 'usual' },
  'integrations.limit': { group: 'integrations', urgent: false, mail: 'usual' },
  'integrations.credential_due': { group: 'integrations', urgent: true, mail: 'usual' },
  'integrations.webhook_disabled': { group: 'integrations', urgent: true, mail: 'usual' },
  'integrations.chat_disabled': { group: 'integrations', urgent: true, mail: 'usual' },
} as const satisfies Record<string, NotificationTypeFacts>;

export type NotificationType = keyof typeof NOTIFICATION_TYPES;

export const NOTIFICATION_GROUPS = [
  'publishing',
  'review',
  'channels',
  'tokens',
  'billing',
  'integrations',
] as const;

export const isNotificationType = (type: string): type is NotificationType =>
  Object.hasOwn(NOTIFICATION_TYPES, type);

export function factsOfType(type: string): NotificationTypeFacts | null {
  return isNotificationType(type) ? NOTIFICATION_TYPES[type] : null;
}

export const CHANNELS = ['in_app', 'email', 'push'] as const;
export type NotificationChannel = (typeof CHANNELS)[number];

export function muteKey(type: string, channel: NotificationChannel): string {
  return `${type}.${channel}`;
}
