import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientMessages } from '@/i18n/client-messages';
import { Billing } from './billing';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('billing'))('title') };
}

export default function BillingPage() {
  return (
    <ClientMessages rooms={['billing', 'tokens']}>
      <Billing />
    </ClientMessages>
  );
}
