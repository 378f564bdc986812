import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { MailService, SealedMail } from '@/features/mail/service';
import { wordsFor } from '@/features/mail/words';
import { DigestService } from '@/features/notifications/digest';
import { subscribeNotifications } from '@/features/notifications/handlers';
import { PreferenceService } from '@/features/notifications/preferences';
import { WebPush } from '@/features/notifications/providers/web-push';
import { PUSH_ATTEMPTS, PushDeliverer, SEND_PUSH } from '@/features/notifications/push-deliverer';
import { PushRepository } from '@/features/notifications/push-repository';
import { sendPushJob } from '@/features/notifications/push-schema';
import { PushSubscriptionService } from '@/features/notifications/push-subscriptions';
import { NotificationRepository } from '@/features/notifications/repository';
import { type Mails, NotificationService, type Reader } from '@/features/notifications/service';
import type { User, UserRepository } from '@/features/users/repository';
import { core } from '../core';
import { listen } from '../listen';

/** Notifications: a person's inbox, what goes to them by mail, and who is told about what. */
provide('NotificationRepository', () => new NotificationRepository(core.db));
const repository = () => singleton<NotificationRepository>('NotificationRepository');
const users = () => singleton<UserRepository>('UserRepository');

const readerOf = ({ id, profile, settings }: User): Reader => ({
  userId: id,
  email: profile.email,
  locale: profile.locale,
  timezone: profile.timezone,
  preferences: settings.notifications,
});

const people = {
  async reader(userId: string) {
    const user = await users().user(userId);
    return user && readerOf(user);
  },
  async *digestReaders() {
    for await (const user of users().digestReaders()) yield readerOf(user);
  },
};

function mails(): Mails<SealedMail> {
  const service = singleton<MailService>('MailService');
  return {
    configured: service.configured,
    seal: (mail) => service.seal(mail),
    queueIn: (tx, mail) => service.queueIn(tx, mail),
    words: ({ locale, timezone }) => {
      const reader = { locale, timezone };
      return { reader, mail: wordsFor(reader, 'mail'), notifications: wordsFor(reader, 'notifications') };
    },
  };
}

provide(
  'PreferenceService',
  () =>
    new PreferenceService({
      store: {
        async preferences(userId) {
          return (await users().user(userId))?.settings.notifications ?? null;
        },
        change: (userId, change) =>
          users().run(async (tx) => {
            const user = await tx.get(users().ref(userId));
            if (!user) return null;
            const notifications = change(user.settings.notifications);
            const { muted, digest, quietHours } = notifications;
            tx.update(users().ref(userId), {
              settings: { ...user.settings, notifications: { muted: [...muted], digest, quietHours } },
            });
            return notifications;
          }),
      },
      encryption: core.encryption,
      appUrl: core.env.APP_URL,
      emailConfigured: Boolean(core.env.SMTP_URL),
      pushConfigured: Boolean(core.env.VAPID_PUBLIC_KEY),
    }),
);

provide('WebPush', () => {
  const { VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT } = core.env;
  if (!VAPID_PUBLIC_KEY || !VAPID_PRIVATE_KEY || !VAPID_SUBJECT) return null;
  const vapid = { publicKey: VAPID_PUBLIC_KEY, privateKey: VAPID_PRIVATE_KEY, subject: VAPID_SUBJECT };
  return new WebPush(vapid, core.outbound, () => core.clock.now());
});
provide('PushRepository', () => new PushRepository(core.db));
const pushRepository = () => singleton<PushRepository>('PushRepository');

provide(
  'PushSubscriptionService',
  () =>
    new PushSubscriptionService({
      repository: pushRepository(),
      encryption: core.encryption,
      publicKey: singleton<WebPush | null>('WebPush')?.publicKey ?? null,
      refusal: (url) => core.outbound.refusal(url),
      allowHosts: core.env.OUTBOUND_ALLOW_HOSTS,
    }),
);
provide(
  'PushDeliverer',
  () =>
    new PushDeliverer({
      repository: pushRepository(),
      notifications: repository(),
      people,
      words: (reader) => mails().words(reader),
      encryption: core.encryption,
      jobs: core.jobs,
      webPush: singleton<WebPush | null>('WebPush'),
      clock: core.clock,
    }),
);
core.jobRegistry.register(
  SEND_PUSH,
  sendPushJob,
  ({ payload, attempt, maxAttempts }) =>
    PushDeliverer.getInstance().send(payload.deliveryId, { attempt, maxAttempts }),
  { maxAttempts: PUSH_ATTEMPTS },
);
/** Every minute: messages whose job got lost on the way to its queue. */
core.cron.on('outbox', 'push.sweep', () => PushDeliverer.getInstance().sweep());
core.secretStores.set('push_subscriptions', {
  name: 'push_subscriptions',
  page: (afterId, limit) => pushRepository().secretStore().page(afterId, limit),
  replace: (id, expected, keys) => pushRepository().secretStore().replace(id, expected, keys),
});

const shared = () => ({
  repository: repository(),
  people,
  mails: mails() as Mails,
  unsubscribeUrl: (...asked: Parameters<PreferenceService['unsubscribeUrl']>) =>
    PreferenceService.getInstance().unsubscribeUrl(...asked),
  appUrl: core.env.APP_URL,
  clock: core.clock,
});

provide(
  'NotificationService',
  () => new NotificationService({ ...shared(), pushes: PushDeliverer.getInstance(), ids: core.ids }),
);
provide('DigestService', () => new DigestService(shared()));

core.cron.on('digest', 'notifications.digest', ({ until, signal }) =>
  singleton<DigestService>('DigestService').run(() => !signal.aborted && core.clock.now() < until),
);

subscribeNotifications(
  listen,
  {
    notify: (...notification) =>
      singleton<NotificationService>('NotificationService').notify(...notification),
  },
  {
    ofPost: (...post) => repository().peopleOfPost(...post),
    leaders: (...organization) => repository().leadersOf(...organization),
    stillMembers: (...members) => repository().membersAmong(...members),
    nameOf: async (userId) => (await users().user(userId))?.profile.displayName ?? '',
  },
);
