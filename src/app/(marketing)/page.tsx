import { getTranslations } from 'next-intl/server';
import { Logo } from '@/ui/logo';

export default async function Home() {
  const t = await getTranslations('marketing.meta');
  return (
    <main className="p-10">
      <Logo />
      <h1 className="mt-6 font-display text-3xl font-semibold">{t('title')}</h1>
    </main>
  );
}
