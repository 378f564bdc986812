import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { UsageScreen } from '@/features/ai/ui/usage-screen';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('ai.nav'))('usage') };
}

export default function Page() {
  return <UsageScreen />;
}
