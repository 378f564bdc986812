'use client';
import { useTranslations } from 'next-intl';
import type { InboundProvider } from '../../inbound/providers.data';
import { STEPS } from './address';

/** What a person does at the vendor with a new address. */
export function VendorSteps({ providerId }: { providerId: InboundProvider }) {
  const t = useTranslations('inbound');
  const numbers = Array.from({ length: STEPS[providerId] }, (_, at) => at + 1);
  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{t('stepsTitle', { provider: t(`providers.${providerId}`) })}</h3>
      <ol className="grid list-decimal gap-1.5 pl-5 text-sm text-muted">
        {numbers.map((number) => (
          <li key={number}>{t(`steps.${providerId}.${number}` as 'steps.generic.1')}</li>
        ))}
      </ol>
    </section>
  );
}
