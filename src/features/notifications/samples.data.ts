import type { Told } from './mail-content';
import type { NotificationType } from './types.data';

const createdAt = new Date('2026-03-02T09:30:00Z');
const refreshAt = Date.UTC(2026, 2, 31);

const sample = (type: NotificationType, data: Told['data'], href: string) => ({
  type,
  data,
  href,
  createdAt,
});
const post = {
  postId: 'post-1',
  runId: 'run-1',
  connectionId: 'channel-1',
  platform: 'mastodon',
  message: '',
  reminder: 0,
};

/** One of each kind, for the preview page and its test. */
export const MAIL_SAMPLES: readonly (Told & { type: NotificationType })[] = [
  sample('publishing.unconfirmed', post, '/posts/post-1'),
  sample('publishing.blocked', post, '/posts/post-1'),
  sample('publishing.failed', post, '/posts/post-1'),
  sample('publishing.partial', post, '/posts/post-1'),
  sample('publishing.feed_stopped', { title: 'Fern Hill news', reason: 'exhausted' }, '/feeds'),
  sample('review.requested', { postId: 'post-1', person: 'Ann Fern' }, '/posts/post-1'),
  sample('review.approved', { postId: 'post-1', person: 'Bo Hill' }, '/posts/post-1'),
  sample(
    'review.changes_requested',
    { postId: 'post-1', person: 'Bo Hill', comment: 'The date is wrong.' },
    '/posts/post-1',
  ),
  sample(
    'review.comment',
    { postId: 'post-1', person: 'Cara Moss', comment: 'Lovely picture!' },
    '/posts/post-1',
  ),
  sample('channels.reconnect', { platform: 'bluesky', handle: '@fernhill.example' }, '/channels'),
  sample('tokens.warning', { used: 400, total: 500, available: 100, refreshAt }, '/tokens'),
  sample('tokens.depleted', { used: 500, total: 500, available: 0, refreshAt }, '/tokens'),
  sample('tokens.refreshed', { tokens: 500, refreshAt }, '/tokens'),
  sample('tokens.budget', { percent: 80 }, '/tokens'),
  sample(
    'billing.receipt',
    { tokens: 1000, amountMinor: 3500, currency: 'eur', number: 'IRS-0001', sandbox: 'no' },
    '/billing',
  ),
  sample('billing.invoice', { amountMinor: 2900, currency: 'eur', number: 'IRS-2026-0007' }, '/billing'),
  sample('billing.refunded', { tokensTaken: 500, amountMinor: 1750, currency: 'eur', debt: 20 }, '/billing'),
  sample('billing.payment_failed', { amountMinor: 2900, currency: 'eur', kind: 'invoice' }, '/billing'),
  sample('integrations.limit', { name: 'HubSpot', kind: 'limit_95' }, '/integrations/int_sample/limits'),
  sample(
    'integrations.credential_due',
    { name: 'HubSpot', replaceBy: Date.UTC(2026, 7, 1) },
    '/integrations/int_sample/credential',
  ),
  sample('integrations.reconnect', { name: 'HubSpot', reason: 'refused' }, '/integrations/int_sample'),
  sample('integrations.missing_relations', { name: 'HubSpot', missing: 3 }, '/integrations/int_sample'),
  sample(
    'integrations.webhook_disabled',
    { host: 'hooks.example.com', reason: 'exhausted' },
    '/organization/webhooks',
  ),
  sample('integrations.chat_disabled', { name: 'Marketing alerts' }, '/organization/notifications'),
];
