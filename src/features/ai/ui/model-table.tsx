'use client';

import { ChevronRight } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { Badge } from '@/ui/badge';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { DateTime } from '@/ui/date-time';
import type { ProviderStatus } from '../directory';
import { priceText } from './amounts';

type Model = ProviderStatus['models'][number];

type ModelTableProps = {
  provider: ProviderStatus;
  name: string;
  /** Models the plan and the settings allow, as `provider/model`; null while unknown. */
  allowed: ReadonlySet<string> | null;
};

/** The models of one provider with their prices; open where the provider can answer. */
export function ModelTable({ provider, name, allowed }: ModelTableProps) {
  const t = useTranslations('ai.models');
  const columns = useColumns(provider.id, allowed);
  return (
    <details open={provider.configured} className="group min-w-0">
      <summary className="inline-flex cursor-pointer list-none items-center gap-1 rounded-md text-sm font-medium hover:text-iris-text pointer-coarse:py-2">
        <ChevronRight size={16} aria-hidden="true" className="transition-transform group-open:rotate-90" />
        {t('title', { count: provider.models.length })}
      </summary>
      <div className="mt-2 min-w-0">
        <DataTable
          caption={t('caption', { name })}
          columns={columns}
          rows={provider.models}
          rowKey={(model) => model.id}
          className="max-h-none"
          storageKey="ai-models"
        />
      </div>
    </details>
  );
}

function useColumns(providerId: string, allowed: ReadonlySet<string> | null): DataColumn<Model>[] {
  const t = useTranslations('ai.models');
  const format = useFormatter();
  const prices = usePriceColumns();
  return useMemo(
    () => [
      {
        id: 'model',
        header: t('model'),
        hideable: false,
        sortValue: (model) => model.id,
        cell: (model) => (
          <span className="flex items-center gap-2 whitespace-nowrap">
            <code className="font-mono text-xs">{model.id}</code>
            <Availability
              model={model}
              allowed={allowed === null || allowed.has(`${providerId}/${model.id}`)}
            />
          </span>
        ),
      },
      {
        id: 'class',
        header: t('class'),
        sortValue: (model) => model.class,
        cell: (model) => t(`classes.${model.class}`),
      },
      ...prices,
      {
        id: 'context',
        header: t('context'),
        align: 'right',
        sortValue: (model) => model.contextTokens,
        cell: (model) => format.number(model.contextTokens, { notation: 'compact' }),
      },
      {
        id: 'verified',
        header: t('verified'),
        hidden: true,
        sortValue: (model) => model.verifiedAt,
        cell: (model) => <DateTime at={`${model.verifiedAt}T12:00:00Z`} show="date" />,
      },
    ],
    [t, format, providerId, allowed, prices],
  );
}

function usePriceColumns(): DataColumn<Model>[] {
  const t = useTranslations('ai.models');
  const format = useFormatter();
  return useMemo(() => {
    const perMillion = (kind: 'input' | 'cachedInput' | 'output', header: string): DataColumn<Model> => ({
      id: kind,
      header,
      align: 'right',
      hidden: kind === 'cachedInput',
      sortValue: (model) => model.price?.[kind],
      cell: (model) => (model.price ? priceText(format, model.price[kind]) : '–'),
    });
    return [
      perMillion('input', t('input')),
      perMillion('cachedInput', t('cached')),
      perMillion('output', t('output')),
      {
        id: 'image',
        header: t('image'),
        align: 'right',
        className: 'whitespace-nowrap',
        sortValue: (model) => model.imagePrice?.from,
        cell: ({ imagePrice }) =>
          imagePrice ? `${priceText(format, imagePrice.from)} – ${priceText(format, imagePrice.to)}` : '–',
      },
    ];
  }, [t, format]);
}

/** Why a listed model is not asked. */
function Availability({ model, allowed }: { model: Model; allowed: boolean }) {
  const t = useTranslations('ai.models');
  if (!model.routable) return <Badge tone="warn">{t(model.retiresAt ? 'retired' : 'noPrice')}</Badge>;
  if (!allowed) return <Badge>{t('notAllowed')}</Badge>;
  return null;
}
