import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientMessages } from '@/i18n/client-messages';
import { Dashboard } from './dashboard';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('dashboard'))('title') };
}

export default function DashboardPage() {
  return (
    <ClientMessages rooms={['dashboard', 'tokens', 'content', 'platforms']}>
      <Dashboard />
    </ClientMessages>
  );
}
