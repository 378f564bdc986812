import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ProvidersScreen } from '@/features/ai/ui/providers-screen';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('ai.nav'))('providers') };
}

export default function Page() {
  return <ProvidersScreen />;
}
