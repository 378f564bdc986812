import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { isSystemError } from '@/core/errors';
import { PreferenceService } from '@/features/notifications/preferences';
import { isNotificationType } from '@/features/notifications/types.data';
import { UnsubscribePanel } from '@/features/notifications/ui/unsubscribe-panel';
import { ClientMessages } from '@/i18n/client-messages';
import '@/server/services';
import { LinkButton } from '@/ui/link-button';
import { AuthHeading } from '../auth-heading';
import { type Search, searchOf } from '../search';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('notifications.unsubscribe'))('title'), referrer: 'no-referrer' };
}

async function asked(token: string): Promise<{ type: string; done: boolean } | null> {
  try {
    return await PreferenceService.getInstance().describe(token);
  } catch (error) {
    if (isSystemError(error) && error.code === 'gone') return null;
    throw error;
  }
}

/** Where the last line of our mails leads: asks once, then stops them. Opening it changes nothing: scanners open links. */
export default async function UnsubscribePage({ searchParams }: { searchParams: Search }) {
  const t = await getTranslations('notifications.unsubscribe');
  const types = await getTranslations('notifications.preferences.types');
  const token = (await searchOf(searchParams))('token');
  const found = await asked(token);
  if (!found) {
    return (
      <>
        <AuthHeading title={t('goneTitle')}>{t('gone')}</AuthHeading>
        <LinkButton href="/settings#notifications">{t('settings')}</LinkButton>
      </>
    );
  }
  const what = isNotificationType(found.type) ? types(found.type) : t('all');
  return (
    <ClientMessages rooms={['notifications']}>
      <UnsubscribePanel token={token} what={what} done={found.done} />
    </ClientMessages>
  );
}
