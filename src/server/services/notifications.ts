import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { MailService, SealedMail } from '@/features/mail/service';
import { wordsFor } from '@/features/mail/words';
import { DigestService } from '@/features/notifications/digest';
import { subscribeNotifications } from '@/features/notifications/handlers';
import { PreferenceService } from '@/features/notifications/preferences';
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
    }),
);

const shared = () => ({
  repository: repository(),
  people,
  mails: mails() as Mails,
  unsubscribeUrl: (...asked: Parameters<PreferenceService['unsubscribeUrl']>) =>
    PreferenceService.getInstance().unsubscribeUrl(...asked),
  appUrl: core.env.APP_URL,
  clock: core.clock,
});

provide('NotificationService', () => new NotificationService({ ...shared(), ids: core.ids }));
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
