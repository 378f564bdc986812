import 'server-only';
import { z } from 'zod';
import type { EncryptionService } from '@/core/crypto/encryption';
import { NotFoundError, SystemError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { NotificationPreferences } from './plan';
import type { PreferencesBody, PreferencesView } from './schema';
import { isNotificationType, muteKey, NOTIFICATION_TYPES, type NotificationType } from './types.data';

/** Where preferences are kept: in the person's settings. */
export interface PreferenceStore {
  preferences(userId: string): Promise<NotificationPreferences | null>;
  /** Changes them in one transaction; nothing for an account that is gone. */
  change(
    userId: string,
    change: (known: NotificationPreferences) => NotificationPreferences,
  ): Promise<NotificationPreferences | null>;
}

export interface PreferenceDeps {
  store: PreferenceStore;
  encryption: EncryptionService;
  appUrl: string;
  emailConfigured: boolean;
  pushConfigured: boolean;
}

const UNSUBSCRIBE = 'mail_unsubscribe';
const tokenSchema = z.object({ userId: z.string(), type: z.string() });
const TYPES = Object.entries(NOTIFICATION_TYPES) as [
  NotificationType,
  (typeof NOTIFICATION_TYPES)[NotificationType],
][];

/** What a person wants to hear of, and how; changed in the settings or by a link in a mail. */
export class PreferenceService {
  static getInstance(): PreferenceService {
    return singleton<PreferenceService>('PreferenceService');
  }

  constructor(readonly deps: PreferenceDeps) {}

  async view(userId: string): Promise<PreferencesView> {
    return this.#view(await this.deps.store.preferences(userId));
  }

  async update(userId: string, body: PreferencesBody): Promise<PreferencesView> {
    return this.#view(await this.deps.store.change(userId, () => body));
  }

  /** A link that knows who asks for what, and nobody can make but us. It works for as long as the account does. */
  async unsubscribeUrl(userId: string, type: NotificationType | 'all'): Promise<string> {
    const url = new URL('/unsubscribe', this.deps.appUrl);
    url.searchParams.set('token', await this.deps.encryption.encryptJson({ userId, type }, UNSUBSCRIBE));
    return url.href;
  }

  /** What a link would switch off, before anybody presses the button. @throws SystemError `gone` for a link that is not ours. */
  async describe(token: string): Promise<{ type: string; done: boolean }> {
    const { userId, type } = await this.#open(token);
    const known = await this.deps.store.preferences(userId);
    const done = known !== null && keysOf(type).every((key) => known.muted.includes(key));
    return { type, done };
  }

  /** Switches the mails off. Repeating it changes nothing. @throws SystemError `gone` */
  async unsubscribe(token: string): Promise<{ type: string; done: boolean }> {
    const { userId, type } = await this.#open(token);
    const changed = await this.deps.store.change(userId, (known) => ({
      ...known,
      muted: [...new Set([...known.muted, ...keysOf(type)])],
    }));
    return { type, done: changed !== null };
  }

  async #open(token: string): Promise<{ userId: string; type: string }> {
    try {
      return tokenSchema.parse(await this.deps.encryption.decryptJson(token, UNSUBSCRIBE));
    } catch (error) {
      if (error instanceof SystemError && error.code === 'service_unavailable') throw error;
      throw new SystemError('This link is not complete. Copy it whole from the mail, or sign in.', 'gone', {
        cause: error,
      });
    }
  }

  #view(preferences: NotificationPreferences | null): PreferencesView {
    if (!preferences) throw new NotFoundError('Your account');
    return {
      muted: [...preferences.muted],
      digest: preferences.digest,
      quietHours: preferences.quietHours,
      emailConfigured: this.deps.emailConfigured,
      pushConfigured: this.deps.pushConfigured,
      types: TYPES.map(([type, { group, urgent, mail }]) => ({
        type,
        group,
        urgent,
        mailRequired: mail === 'required',
      })),
    };
  }
}

function keysOf(type: string): string[] {
  const types = TYPES.filter(([name, facts]) => facts.mail === 'usual' && (type === 'all' || name === type));
  if (type !== 'all' && !isNotificationType(type)) return [];
  return types.map(([name]) => muteKey(name, 'email'));
}
