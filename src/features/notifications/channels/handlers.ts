import 'server-only';
import type { EventMeta, EventType, Listen, PayloadOf } from '@/core/events/event-type';
import { aiBudgetThreshold } from '@/features/ai/events';
import { tokenBudgetAlert } from '@/features/billing/events';
import {
  crmSyncCompleted,
  integrationConnected,
  integrationNeedsReauth,
  webhookDisabled,
  webhookFailing,
  webhookRecovered,
} from '@/features/integrations/events';
import { INTEGRATIONS } from '@/features/integrations/registry.data';
import { accountDisconnected, accountNeedsReauth, platformConnected } from '@/features/platforms/events';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import {
  contentPublished,
  postBlocked,
  postCancelled,
  postCompleted,
  postFailed,
  postPartial,
  postUnconfirmed,
} from '@/features/publishing/events';
import { tokenDepleted, tokensRefreshed, tokenWarning } from '@/features/tokens/events';
import type { ChannelAnnouncer } from './announcer';
import type { ChannelEvent, Severity } from './events.data';
import type { Notice } from './incident';

type Announcer = Pick<ChannelAnnouncer, 'tell' | 'recover'>;
/** What an event says; the rest is the same for all. */
type Told = Omit<Notice, 'at' | 'eventId' | 'organizationId'>;

interface Registrar {
  tells<E extends EventType>(event: E, what: (payload: PayloadOf<E>) => Told | readonly Told[] | null): void;
  /** The keys of the incidents that are over. */
  ends<E extends EventType>(event: E, keys: (payload: PayloadOf<E>) => readonly string[]): void;
}

/** What happens in an organisation, as incidents of its chat channels. Durable: asked again from the outbox after a failure. */
export function subscribeChannels(listen: Listen, announcer: Announcer): void {
  const durable = { durable: true };
  const common = (payload: unknown, { eventId, occurredAt: at }: EventMeta) => ({
    organizationId: (payload as { organizationId: string }).organizationId,
    at,
    eventId,
  });
  const registrar: Registrar = {
    tells(event, what) {
      const handle = async (payload: PayloadOf<typeof event>, meta: EventMeta) => {
        for (const told of [what(payload) ?? []].flat())
          await announcer.tell({ ...told, ...common(payload, meta) });
      };
      listen(event, 'channels.tell', handle, durable);
    },
    ends(event, keys) {
      const handle = async (payload: PayloadOf<typeof event>, meta: EventMeta) => {
        for (const key of keys(payload)) await announcer.recover({ key, ...common(payload, meta) });
      };
      listen(event, 'channels.recover', handle, durable);
    },
  };
  subscribePublishing(registrar);
  subscribeSync(registrar);
  subscribeTokens(registrar);
  subscribeWebhooks(registrar);
}

function subscribePublishing({ tells, ends }: Registrar): void {
  const trouble =
    (event: ChannelEvent, severity: Severity) =>
    ({
      runId,
      postId,
      platform,
      message,
    }: {
      runId: string;
      postId: string;
      platform: string;
      message: string;
    }): Told => ({
      key: `publish:${runId}`,
      ...{ event, severity, state: 'open' },
      data: { network: networkName(platform), message },
      href: `/posts/${postId}`,
    });
  tells(postFailed, trouble('publishing.failed', 'critical'));
  tells(postBlocked, trouble('publishing.blocked', 'critical'));
  tells(postUnconfirmed, trouble('publishing.unconfirmed', 'warning'));
  tells(postPartial, trouble('publishing.partial', 'warning'));
  const run = ({ runId }: { runId: string }) => [`publish:${runId}`];
  ends(contentPublished, run);
  ends(postCompleted, run);
  ends(postCancelled, run);
  tells(accountNeedsReauth, ({ connectionId, platform, handle }) => ({
    key: `account:${connectionId}`,
    ...{ event: 'channels.reconnect', severity: 'critical', state: 'open' },
    data: { network: networkName(platform), handle },
    href: '/channels',
  }));
  const account = ({ connectionId }: { connectionId: string }) => [`account:${connectionId}`];
  ends(platformConnected, account);
  ends(accountDisconnected, account);
}

function subscribeSync({ tells, ends }: Registrar): void {
  tells(
    crmSyncCompleted,
    ({ integrationId, platform, status, failed, heldDeletes, conflicts = 0, taskId }) => {
      const href = `/integrations/${integrationId}`;
      const told = (name: string, event: ChannelEvent, severity: Severity, count: number): Told => ({
        key: `${name}:${integrationId}`,
        ...{ event, severity, state: 'open', href },
        data: { name: vendorName(platform), count },
      });
      return [
        ...(status === 'failed' ? [told('sync', 'sync.failed', 'warning', failed)] : []),
        ...(status === 'partial' ? [told('sync', 'sync.partial', 'warning', failed)] : []),
        ...(heldDeletes > 0 ? [told('held', 'sync.held_deletes', 'warning', heldDeletes)] : []),
        // Each run finds new ones; those of the last are told already, and who resolves them says so nowhere here.
        ...(conflicts > 0
          ? [{ ...told(`conflicts:${taskId}`, 'sync.conflicts', 'info', conflicts), state: 'final' as const }]
          : []),
      ];
    },
  );
  ends(crmSyncCompleted, ({ integrationId, status, heldDeletes }) => [
    ...(status === 'success' ? [`sync:${integrationId}`] : []),
    ...(status !== 'failed' && heldDeletes === 0 ? [`held:${integrationId}`] : []),
  ]);
  tells(integrationNeedsReauth, ({ integrationId, name }) => ({
    key: `reauth:${integrationId}`,
    ...{ event: 'sync.reauth', severity: 'critical', state: 'open' },
    data: { name },
    href: `/integrations/${integrationId}`,
  }));
  ends(integrationConnected, ({ integrationId }) => [`reauth:${integrationId}`]);
}

/** Only what concerns the whole organisation: how much one person used is nothing for a room full of people. */
function subscribeTokens({ tells, ends }: Registrar): void {
  const budget = (key: string, percent: number, state: 'open' | 'final'): Told => ({
    key,
    ...{ event: 'tokens.budget', severity: percent >= 100 ? 'critical' : 'warning', state },
    data: { percent },
    href: '/tokens',
  });
  tells(tokenWarning, ({ userId, ownerId, percent }) =>
    userId ? null : budget(`tokens:${ownerId}`, percent, 'open'),
  );
  tells(tokenDepleted, ({ userId, ownerId }) => (userId ? null : budget(`tokens:${ownerId}`, 100, 'open')));
  ends(tokensRefreshed, ({ userId, ownerId }) => (userId ? [] : [`tokens:${ownerId}`]));
  tells(tokenBudgetAlert, ({ memberId, month, percent }) =>
    memberId || percent < 80 ? null : budget(`budget:${month}:${percent}`, percent, 'final'),
  );
  tells(aiBudgetThreshold, ({ userId, period, percent }) =>
    userId || percent < 80 ? null : budget(`quota:${period}:${percent}`, percent, 'final'),
  );
}

function subscribeWebhooks({ tells, ends }: Registrar): void {
  const trouble =
    (severity: Severity, state: 'open' | 'final') =>
    ({ endpointId, host }: { endpointId: string; host: string }): Told => ({
      key: `webhook:${endpointId}`,
      ...{ event: 'webhooks.failing', severity, state },
      data: { host, state: state === 'final' ? 'off' : 'failing' },
      href: '/organization/webhooks',
    });
  tells(webhookFailing, trouble('warning', 'open'));
  // Off until somebody switches it on again: that is the end of this one, and the next is a new one.
  tells(webhookDisabled, trouble('critical', 'final'));
  ends(webhookRecovered, ({ endpointId }) => [`webhook:${endpointId}`]);
}

function vendorName(platform: string): string {
  return INTEGRATIONS.find((one) => one.platform === platform)?.name ?? platform;
}

function networkName(platform: string): string {
  return Object.hasOwn(PLATFORM_RULES, platform)
    ? PLATFORM_RULES[platform as keyof typeof PLATFORM_RULES].name
    : platform;
}
