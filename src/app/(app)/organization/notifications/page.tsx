import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { NotificationChannelsPage } from '@/features/notifications/ui/channels/channels-page';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.nav'))('notifications') };
}

export default function Page() {
  return (
    <ClientMessages rooms={['notify']}>
      <NotificationChannelsPage />
    </ClientMessages>
  );
}
