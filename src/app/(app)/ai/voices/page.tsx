import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { VoicesScreen } from '@/features/ai/ui/voices-screen';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('ai.nav'))('voices') };
}

export default function Page() {
  return <VoicesScreen />;
}
