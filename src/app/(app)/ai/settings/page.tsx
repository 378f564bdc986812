import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { SettingsScreen } from '@/features/ai/ui/settings-screen';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('ai.nav'))('settings') };
}

export default function Page() {
  return <SettingsScreen />;
}
