import 'server-only';
import { provide, singleton } from '@/core/singletons';
import { subscribeNotifications } from '@/features/notifications/handlers';
import { NotificationRepository } from '@/features/notifications/repository';
import { NotificationService } from '@/features/notifications/service';
import { core } from '../core';
import { listen } from '../listen';

/** Notifications: a person's inbox, and who is told about what. */
provide('NotificationRepository', () => new NotificationRepository(core.db));
const repository = () => singleton<NotificationRepository>('NotificationRepository');

provide('NotificationService', () => new NotificationService(repository(), core.clock, core.ids));

subscribeNotifications(
  listen,
  {
    notify: (...notification) =>
      singleton<NotificationService>('NotificationService').notify(...notification),
  },
  { ofPost: (...post) => repository().peopleOfPost(...post) },
);
