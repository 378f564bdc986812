import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { SandboxCheckout } from '@/features/billing/ui/sandbox-checkout';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('billing.sandbox'))('title'), robots: { index: false } };
}

/** Where purchases go on an installation without a payment provider. Nothing is charged. */
export default async function SandboxCheckoutPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <ClientMessages rooms={['billing']}>
      <div className="mx-auto max-w-105 rounded-lg border border-line bg-surface p-6">
        <SandboxCheckout id={id} />
      </div>
    </ClientMessages>
  );
}
