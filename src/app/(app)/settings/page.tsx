import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientMessages } from '@/i18n/client-messages';
import { PageHeader } from '@/ui/page-header';
import { PersonalSettings } from './personal-settings';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('settings'))('title') };
}

export default async function SettingsPage() {
  const t = await getTranslations('settings');
  return (
    <ClientMessages rooms={['settings', 'auth']}>
      <PageHeader title={t('title')} description={t('description')} />
      <PersonalSettings />
    </ClientMessages>
  );
}
