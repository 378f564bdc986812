import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientMessages } from '@/i18n/client-messages';
import { Tokens } from './tokens';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('tokens'))('title') };
}

export default function TokensPage() {
  return (
    <ClientMessages rooms={['tokens', 'billing']}>
      <Tokens />
    </ClientMessages>
  );
}
