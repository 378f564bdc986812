'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { useSession } from '@/client/session';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { SandboxTag } from '@/ui/sandbox-tag';
import { SegmentedControl } from '@/ui/segmented-control';
import type { UsageResponse } from '../insight-schema';
import { providerName } from '../providers.data';
import { costText } from './amounts';
import type { DayRange } from './usage-range';
import { useUsage } from './use-usage';

const SPLITS = ['task', 'provider', 'model', 'member'] as const;
type Split = (typeof SPLITS)[number];
type Row = UsageResponse['rows'][number];

type UsageSplitProps = {
  organizationId: string;
  range: DayRange;
  /** Sees everybody and the cost. */
  manages: boolean;
  names: ReadonlyMap<string, string>;
};

/** The same figures by what was asked for, who answered it, and who asked. */
export function UsageSplit({ organizationId, range, manages, names }: UsageSplitProps) {
  const t = useTranslations('ai.usage');
  const splits = SPLITS.filter((one) => manages || one !== 'member');
  const [chosen, setSplit] = useQueryState('by', parseAsStringLiteral(SPLITS).withDefault('task'));
  const split = splits.includes(chosen) ? chosen : 'task';
  const usage = useUsage(organizationId, range, split);
  const columns = useColumns(split, manages, names);
  return (
    <DataTable
      caption={t(`splitCaption.${split}`)}
      columns={columns}
      rows={usage.data?.rows ?? []}
      rowKey={(row) => row.key}
      loading={usage.isPending}
      error={usage.error}
      onRetry={() => void usage.refetch()}
      defaultSort={{ id: manages ? 'cost' : 'calls', desc: true }}
      className="max-h-none"
      toolbar={
        <SegmentedControl<Split>
          aria-label={t('splitBy')}
          size="sm"
          value={split}
          onValueChange={(value) => void setSplit(value)}
          options={splits.map((value) => ({ value, label: t(`split.${value}`) }))}
        />
      }
    />
  );
}

function useColumns(split: Split, manages: boolean, names: ReadonlyMap<string, string>): DataColumn<Row>[] {
  const t = useTranslations('ai');
  const tokens = useTranslations('tokens');
  const format = useFormatter();
  const { user } = useSession();
  return useMemo(() => {
    const label = ({ key }: Row): string => {
      if (split === 'task') return tokens.has(`task.${key}`) ? tokens(`task.${key}`) : key;
      if (split === 'provider') return providerName(key);
      if (split === 'member')
        return names.get(key) ?? (key === user.uid ? tokens('you') : tokens('formerMember'));
      return key;
    };
    const amount = (id: string, header: string, of: (row: Row) => number): DataColumn<Row> => ({
      id,
      header,
      align: 'right',
      sortValue: of,
      cell: (row) => format.number(of(row)),
    });
    return [
      {
        id: 'name',
        header: t(`usage.split.${split}`),
        hideable: false,
        sortValue: label,
        cell: (row) => (
          <span className="flex items-center gap-2">
            {isSandbox(row, split) ? (
              <SandboxTag />
            ) : (
              <span className={split === 'model' ? 'font-mono text-xs' : 'font-medium'}>{label(row)}</span>
            )}
          </span>
        ),
      },
      amount('calls', t('usage.calls'), (row) => row.requests),
      amount('failed', t('usage.failed'), (row) => row.failures),
      amount('read', t('usage.read'), (row) => row.inputTokens),
      amount('written', t('usage.written'), (row) => row.outputTokens),
      ...(manages
        ? [
            {
              ...amount('cost', t('usage.cost'), (row) => row.costMicros ?? 0),
              cell: (row: Row) => costText(format, row.costMicros ?? 0),
            },
          ]
        : []),
    ];
  }, [split, manages, names, t, tokens, format, user.uid]);
}

const isSandbox = ({ key }: Row, split: Split) =>
  (split === 'provider' || split === 'model') && key.startsWith('sandbox');
