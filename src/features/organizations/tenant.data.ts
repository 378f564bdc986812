/**
 * Where an organisation's data lies: what an export contains and a purge removes. A collection whose documents carry an
 * `organizationId` must stand here; a test compares this list with every schema of the product.
 */
export interface TenantCollection {
  /** Name of the collection; with `group`, of the subcollections everywhere. */
  name: string;
  group?: boolean;
  /** Left out of exports: secrets, and records of machinery that say nothing to people. */
  internal?: boolean;
  /** Left in place by a purge. `why` is for the person who asks. */
  kept?: { why: string };
  /** Fields an export leaves out. */
  omit?: readonly string[];
}

const all = (...names: string[]): TenantCollection[] => names.map((name) => ({ name }));
const internal = (...names: string[]): TenantCollection[] => names.map((name) => ({ name, internal: true }));
const kept = (why: string, ...names: string[]): TenantCollection[] =>
  names.map((name) => ({ name, kept: { why } }));

export const TENANT_COLLECTIONS: readonly TenantCollection[] = [
  ...all(
    'content_posts',
    'media_assets',
    'scheduled_posts',
    'publish_attempts',
    'campaigns',
    'content_templates',
  ),
  ...all('recurrences', 'feeds', 'short_links', 'inbox_items', 'queue_slots', 'platform_connections'),
  ...all('prompt_templates', 'brand_voices', 'ai_usage', 'ai_usage_rollups'),
  { name: 'versions', group: true },
  { name: 'review_comments', group: true },
  ...all('analytics_data', 'analytics_rollups', 'analytics_subjects', 'crm_connections', 'crm_records'),
  ...all('integrations', 'data_mappings', 'mapping_templates', 'integration_data'),
  ...all('shard_rules', 'relations'),
  ...all(
    'sync_tasks',
    'sync_results',
    'sync_conflicts',
    'webhook_events',
    'webhook_audit',
    'dedup_candidates',
    'dedup_runs',
  ),
  { name: 'webhook_registrations', omit: ['secret', 'secretHash', 'verifyTokenHash'] },
  ...all('webhook_deliveries', 'notification_channels', 'notification_messages'),
  ...all('third_party_connections', 'tool_runs'),
  ...all('agents', 'agent_sessions', 'agent_messages', 'workflows', 'workflow_runs'),
  ...all('knowledge_documents', 'knowledge_chunks', 'leads', 'ab_tests', 'notifications', 'reports'),
  { name: 'api_keys', omit: ['secretHash'] },
  ...internal('inbox_channels', 'feed_items', 'feed_seen', 'webhook_event_parts', 'notification_incidents'),
  ...internal('credentials', 'credential_audit', 'sync_checkpoints', 'record_links', 'review_links'),
  ...internal('change_cursors'),
  ...internal(
    'ai_quotas',
    'mails',
    'media_uploads',
    'oauth_states',
    'publish_lanes',
    'short_link_clicks',
    'slot_bookings',
    'token_holds',
    'token_usage_days',
    'token_usage_months',
    'token_balances',
    'sandbox_checkouts',
    'token_lease_uses',
  ),
  ...internal('dedup_states', 'dedup_merges'),
  ...all('token_budgets'),
  ...kept('Bookkeeping law asks for them.', 'token_purchases', 'token_transactions'),
  { name: 'billing_accounts', internal: true, kept: { why: 'Bookkeeping law asks for them.' } },
  ...kept('It shows who deleted what, and ends by itself after 400 days.', 'audit_log'),
];
