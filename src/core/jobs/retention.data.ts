/**
 * Collections whose documents end at their `expiresAt`, by their models' paths. Each has its TTL policy and its index on that
 * field in `firestore.indexes.json`.
 */
export const EXPIRING = [
  'ai_image_jobs',
  'ai_quota_claims',
  'ai_quotas',
  'ai_usage',
  'ai_usage_ledgers',
  'ai_usage_rollups',
  'alert_samples',
  'analytics_data',
  'audit_log',
  'cache_entries',
  'credential_audit',
  'dedup_merges',
  'dedup_runs',
  'idempotency_keys',
  'jobs',
  'locks',
  'mails',
  'notification_incidents',
  'notification_messages',
  'notifications',
  'oauth_states',
  'outbox',
  'push_deliveries',
  'rate_limits',
  'review_links',
  'sandbox_checkouts',
  'slot_bookings',
  'stripe_events',
  'sync_results',
  'token_usage_months',
  'users/{userId}/activities',
  'webhook_audit',
  'webhook_deliveries',
  'webhook_event_parts',
  'webhook_events',
] as const;

/** Those where the moment ends what a document is good for, and not the document. */
export const OUTLIVING: Readonly<Record<string, string>> = {
  api_keys: 'An expired key stays in the list of keys until somebody removes it.',
  media_uploads: 'The sweep of uploads takes their bytes along.',
  'organizations/{orgId}/invitations': 'An expired invitation is shown, and can be sent again.',
  token_holds: 'The sweep of holds gives the tokens back first.',
};
