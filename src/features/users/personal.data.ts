/** Where a person's own data lies: what their export contains, and what goes with their account. */
export interface PersonalCollection {
  name: string;
  /** The field that names the person. */
  field: string;
  /** Goes with the account. What stays belongs to an organisation, or to the books. */
  erased?: boolean;
  omit?: readonly string[];
}

export const PERSONAL_COLLECTIONS: readonly PersonalCollection[] = [
  { name: 'notifications', field: 'userId', erased: true },
  { name: 'notification_digests', field: 'userId', erased: true },
  { name: 'mails', field: 'userId', erased: true, omit: ['content', 'outcome', 'commitId'] },
  { name: 'push_subscriptions', field: 'userId', erased: true, omit: ['keys'] },
  { name: 'push_deliveries', field: 'userId', erased: true, omit: ['outcome'] },
  { name: 'agent_sessions', field: 'userId' },
  { name: 'content_posts', field: 'authorId' },
  { name: 'media_assets', field: 'uploadedBy' },
  { name: 'token_balances', field: 'userId' },
  { name: 'token_transactions', field: 'userId' },
  { name: 'token_purchases', field: 'userId' },
  { name: 'ai_usage', field: 'userId' },
  { name: 'audit_log', field: 'actorId', omit: ['expiresAt'] },
];
