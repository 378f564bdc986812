'use client';
import { useFormatter, useTranslations } from 'next-intl';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import type { SubscriptionPreview } from '../schema';
import { useMoney } from './use-money';
import type { Wire } from './wire';

interface PlanPreviewProps {
  preview: Wire<SubscriptionPreview> | undefined;
  loading: boolean;
  error: unknown;
  onRetry: () => void;
}

/** What agreeing would do: money now, money later, tokens now, and what the sum is made of. */
export function PlanPreview({ preview, loading, error, onRetry }: PlanPreviewProps) {
  const t = useTranslations('billing.preview');
  if (error) return <ErrorState error={error} onRetry={onRetry} compact />;
  if (!preview || loading) return <Skeleton className="h-36 w-full" />;
  if (preview.change === 'none') return <p className="text-sm text-muted">{t('none')}</p>;
  return <Figures preview={preview} />;
}

function Figures({ preview }: { preview: Wire<SubscriptionPreview> }) {
  const t = useTranslations('billing.preview');
  const money = useMoney();
  const format = useFormatter();
  const { change, currency, lines } = preview;
  const day = (at: string) => format.dateTime(new Date(at), { dateStyle: 'long' });
  const rows: [string, string][] = [
    [t('dueNow'), money(preview.dueNow, currency)],
    [t('monthly'), money(preview.monthlyPrice, currency)],
    ...(preview.nextInvoiceAt ? [[t('nextInvoice'), day(preview.nextInvoiceAt)] as [string, string]] : []),
    ...(preview.tokensNow > 0
      ? [[t('tokensNow'), format.number(preview.tokensNow)] as [string, string]]
      : []),
    [t('tokensPerPeriod'), format.number(preview.tokensPerPeriod)],
  ];
  return (
    <section
      aria-label={t('title')}
      aria-live="polite"
      className="rounded-lg border border-line bg-sunken p-4"
    >
      <p className="text-sm font-medium">{t(`change.${change}`, { date: day(preview.effectiveAt) })}</p>
      <dl className="mt-2 grid text-sm">
        {rows.map(([label, value]) => (
          <div key={label} className="flex justify-between gap-4 py-1">
            <dt className="text-muted">{label}</dt>
            <dd className="font-medium tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      {lines.length > 0 && (
        <details className="mt-2 text-sm">
          <summary className="cursor-pointer text-muted">{t('lines')}</summary>
          <ul className="mt-1 grid gap-1">
            {lines.map((line) => (
              <li key={`${line.description} ${line.amount}`} className="flex justify-between gap-4">
                <span>{line.description}</span>
                <span className="tabular-nums">{money(line.amount, currency)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
