import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { PromptsScreen } from '@/features/ai/ui/prompts-screen';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('ai.nav'))('prompts') };
}

export default function Page() {
  return <PromptsScreen />;
}
