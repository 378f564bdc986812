/**
 * Who may read each collection, as the data model says: `user` the person it belongs to, `member` any member of the
 * organisation, `admin` its admins and owner, `server` no client at all. The matrix test generates its cases from here.
 */
export type Reader = 'user' | 'member' | 'admin' | 'server';

export interface Row {
  /** Path of the collection; `{org}` and `{user}` are filled with the tenant under test. */
  collection: string;
  reader: Reader;
  /** False where only single documents may be read. */
  list?: boolean;
  /** Document id, where it carries meaning. */
  id?: string;
  /** Equality filters a list must carry, where it is not the standard one of its reader. */
  filter?: Record<string, string>;
  /** Fields beyond organizationId and userId. */
  fields?: Record<string, unknown>;
}

const of = (reader: Reader, ...collections: string[]): Row[] =>
  collections.map((collection) => ({ collection, reader }));

export const ACCESS: readonly Row[] = [
  { collection: 'users', reader: 'user', list: false, id: '{user}', fields: { settings: {} } },
  { collection: 'users/{user}/activities', reader: 'user' },
  { collection: 'organizations', reader: 'member', list: false, id: '{org}' },
  { collection: 'organizations/{org}/members', reader: 'member', fields: { role: 'viewer' } },
  { collection: 'organizations/{org}/teams', reader: 'member' },
  { collection: 'organizations/{org}/widgets', reader: 'member' },
  { collection: 'organizations/{org}/invitations', reader: 'admin' },
  { collection: 'token_balances', reader: 'user', list: false, id: '{user}' },
  { collection: 'token_balances', reader: 'member', list: false, id: 'org_{org}' },
  ...of('user', 'token_purchases', 'token_transactions', 'notifications'),
  ...of('member', 'prompt_templates', 'brand_voices', 'ai_usage_rollups'),
  { collection: 'prompt_templates/{org}/versions', reader: 'member', filter: { organizationId: '{org}' } },
  { collection: 'brand_voices/{org}/versions', reader: 'member', filter: { organizationId: '{org}' } },
  {
    collection: 'content_posts',
    reader: 'member',
    fields: { status: 'scheduled', authorId: 'somebody-else' },
    filter: { organizationId: '{org}', status: 'scheduled' },
  },
  {
    collection: 'content_posts/{org}/review_comments',
    reader: 'member',
    filter: { organizationId: '{org}' },
  },
  ...of('member', 'media_assets', 'scheduled_posts', 'publish_attempts', 'campaigns', 'content_templates'),
  ...of(
    'member',
    'recurrences',
    'feeds',
    'short_links',
    'inbox_items',
    'queue_slots',
    'platform_connections',
  ),
  ...of('server', 'short_link_clicks'),
  ...of('member', 'analytics_data', 'analytics_rollups', 'crm_connections', 'crm_records', 'integrations'),
  ...of('member', 'relations'),
  ...of('server', 'shard_rules'),
  ...of('member', 'integration_registry', 'data_mappings', 'mapping_templates', 'integration_data', 'agents'),
  ...of('member', 'third_party_connections', 'tool_runs', 'agent_sessions', 'agent_messages', 'workflows'),
  ...of('member', 'workflow_runs', 'knowledge_documents', 'knowledge_chunks', 'ab_tests'),
  ...of('admin', 'sync_tasks', 'sync_results', 'sync_conflicts', 'webhook_registrations', 'webhook_events'),
  ...of('admin', 'webhook_audit', 'webhook_deliveries', 'dedup_candidates', 'dedup_runs', 'leads'),
  ...of('admin', 'notification_channels', 'notification_messages'),
  ...of(
    'server',
    'token_holds',
    'token_usage_months',
    'token_budgets',
    'token_lease_uses',
    'sandbox_checkouts',
    'analytics_subjects',
    'media_uploads',
    'ai_quotas',
    'ai_usage',
    'review_links',
    'slot_bookings',
    'credentials',
    'sync_checkpoints',
    'change_cursors',
  ),
  ...of('server', 'mails', 'notification_digests', 'push_subscriptions', 'push_deliveries', 'inbox_channels'),
  ...of('server', 'sandbox_crm_accounts', 'sandbox_crm_records', 'notification_incidents'),
  ...of('server', 'webhook_event_parts', 'feed_items', 'feed_seen', 'dedup_states', 'dedup_merges'),
  ...of('server', 'record_links', 'credential_audit', 'api_keys', 'audit_log', 'billing_accounts'),
  ...of('server', 'stripe_events', 'idempotency_keys', 'outbox', 'jobs', 'dead_letters', 'locks'),
  ...of(
    'server',
    'cache_entries',
    'oauth_states',
    'rate_limits',
    'a_collection_nobody_has_written_rules_for',
  ),
];
