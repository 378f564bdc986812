import 'server-only';
import { z } from 'zod';
import { provide, singleton } from '@/core/singletons';
import type { AlertSink } from '@/features/health/alert-service';
import { ChannelAlertSink } from '@/features/notifications/channels/alert-notices';
import { ChannelAnnouncer } from '@/features/notifications/channels/announcer';
import type { CardWords } from '@/features/notifications/channels/card';
import { CHANNEL_JOB, ChannelDeliverer } from '@/features/notifications/channels/deliverer';
import { subscribeChannels } from '@/features/notifications/channels/handlers';
import { SlackBotSender, SlackWebhookSender } from '@/features/notifications/channels/providers/slack';
import { TeamsSender } from '@/features/notifications/channels/providers/teams';
import type { ChatSender } from '@/features/notifications/channels/providers/types';
import { NotificationChannelRepository } from '@/features/notifications/channels/repository';
import type { ChannelKind } from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { channelWords } from '@/features/notifications/channels/words';
import { AuditLog } from '@/features/organizations/audit';
import type { OrganizationRepository } from '@/features/organizations/repository';
import { core } from '../core';
import { listen } from '../listen';

/** Chat channels of organisations: Slack and Microsoft Teams. */
provide('NotificationChannelRepository', () => new NotificationChannelRepository(core.db));
const repository = () => singleton<NotificationChannelRepository>('NotificationChannelRepository');
const deliverer = () => singleton<ChannelDeliverer>('ChannelDeliverer');
const announcer = () => singleton<ChannelAnnouncer>('ChannelAnnouncer');

function sender(kind: ChannelKind, words: CardWords): ChatSender {
  const http = { http: core.outbound, now: () => core.clock.now() };
  if (kind === 'slack_webhook') return new SlackWebhookSender(http, words);
  if (kind === 'slack_bot') return new SlackBotSender(http, words, core.env.SLACK_API_BASE_URL);
  return new TeamsSender(http, words);
}

provide(
  'ChannelDeliverer',
  () =>
    new ChannelDeliverer({
      repository: repository(),
      encryption: core.encryption,
      jobs: core.jobs,
      outbox: core.outbox,
      sender,
      words: channelWords,
      organizationName: async (organizationId) => {
        const organizations = singleton<OrganizationRepository>('OrganizationRepository');
        return (await organizations.organization(organizationId))?.profile.name ?? 'IriSync';
      },
      appUrl: core.env.APP_URL,
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'ChannelAnnouncer',
  () =>
    new ChannelAnnouncer({
      repository: repository(),
      enqueue: (message) => deliverer().enqueue(message),
      clock: core.clock,
    }),
);
provide(
  'NotificationChannelService',
  () =>
    new NotificationChannelService({
      repository: repository(),
      deliverer: deliverer(),
      encryption: core.encryption,
      audit: AuditLog.getInstance(),
      refusal: (url) => core.outbound.refusal(url),
      extraHosts: core.env.NOTIFICATION_CHANNEL_HOSTS,
      operatorOrganizationId: core.env.ALERT_ORGANIZATION_ID ?? null,
      ids: core.ids,
    }),
);
provide('ChannelAlertSinks', (): AlertSink[] => {
  const operator = core.env.ALERT_ORGANIZATION_ID;
  return operator ? [new ChannelAlertSink(operator, announcer(), () => core.clock.now())] : [];
});

subscribeChannels(listen, {
  tell: (notice) => announcer().tell(notice),
  recover: (end) => announcer().recover(end),
});
core.jobRegistry.register(CHANNEL_JOB, z.object({ messageId: z.string() }), ({ payload }) =>
  deliverer().attempt(payload.messageId),
);
/** Every minute: messages whose job got lost, and channels that took nothing for a day. */
core.cron.on('outbox', 'channels.sweep', () => deliverer().sweep());
core.secretStores.set('notification_channels', {
  name: 'notification_channels',
  page: (afterId, limit) => repository().secretStore().page(afterId, limit),
  replace: (id, expected, payload) => repository().secretStore().replace(id, expected, payload),
});
