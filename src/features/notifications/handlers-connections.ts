import 'server-only';
import type { EventMeta, Listen } from '@/core/events/event-type';
import {
  integrationCredentialDue,
  integrationLimitAlert,
  integrationNeedsReauth,
  relationsPending,
  webhookDisabled,
} from '@/features/integrations/events';
import { accountNeedsReauth } from '@/features/platforms/events';
import { notificationChannelDisabled } from './channels/events';
import type { Recipients, TellAll } from './recipients';
import type { NotificationData } from './schema';
import type { NotificationType } from './types.data';

const durable = { durable: true };

type Tell = (
  at: { organizationId: string },
  meta: EventMeta,
  type: NotificationType,
  data: NotificationData,
  href: string,
) => Promise<void>;

/** What leads to other companies falls silent by itself: those who can mend it hear of it. */
export function subscribeConnections(listen: Listen, tellAll: TellAll, recipients: Recipients): void {
  const tell: Tell = async ({ organizationId }, { eventId: key }, type, data, href) =>
    tellAll(await recipients.leaders(organizationId, true), type, data, { organizationId, href, key });
  const place = ({ integrationId }: { integrationId: string }) => `/integrations/${integrationId}`;
  listen(
    webhookDisabled,
    'notifications.webhook_disabled',
    (at, meta) => {
      const { endpointId, host, reason } = at;
      const data = { endpointId, host, reason };
      return tell(at, meta, 'integrations.webhook_disabled', data, '/organization/webhooks');
    },
    durable,
  );
  listen(
    integrationNeedsReauth,
    'notifications.integration_reconnect',
    (at, meta) => {
      const { integrationId, name, reason } = at;
      return tell(at, meta, 'integrations.reconnect', { integrationId, name, reason }, place(at));
    },
    durable,
  );
  listen(
    relationsPending,
    'notifications.missing_relations',
    (at, meta) => {
      const { integrationId, name, missing } = at;
      return tell(at, meta, 'integrations.missing_relations', { integrationId, name, missing }, place(at));
    },
    durable,
  );
  listen(
    integrationLimitAlert,
    'notifications.integration_limit',
    (at, meta) => {
      const { integrationId, name, kind } = at;
      return tell(at, meta, 'integrations.limit', { integrationId, name, kind }, `${place(at)}/limits`);
    },
    durable,
  );
  listen(
    integrationCredentialDue,
    'notifications.integration_credential',
    (at, meta) => {
      const { integrationId, name } = at;
      const data = { integrationId, name, replaceBy: at.replaceBy.getTime() };
      return tell(at, meta, 'integrations.credential_due', data, `${place(at)}/credential`);
    },
    durable,
  );
  subscribeChannels(listen, tell);
}

function subscribeChannels(listen: Listen, tell: Tell): void {
  listen(
    accountNeedsReauth,
    'notifications.reconnect',
    (at, meta) => {
      const { connectionId, platform, handle } = at;
      return tell(at, meta, 'channels.reconnect', { connectionId, platform, handle }, '/channels');
    },
    durable,
  );
  // Whoever relied on a room to hear of trouble has to hear that it hears nothing any more.
  listen(
    notificationChannelDisabled,
    'notifications.chat_disabled',
    (at, meta) => {
      const data = { channelId: at.channelId, name: at.name };
      return tell(at, meta, 'integrations.chat_disabled', data, '/organization/notifications');
    },
    durable,
  );
}
