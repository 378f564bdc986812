'use client';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge } from '@/ui/badge';
import { Sums } from './money';
import type { PipelineRecord } from './pipeline-record';

/** One record of a pipeline: its name, its amount, and what keeps it from being the same on both sides. */
export function PipelineCard({ record, action }: { record: PipelineRecord; action?: ReactNode }) {
  const t = useTranslations('pipeline');
  const { id, title, amount, currency, sync } = record;
  return (
    <article className="rounded-md border border-line bg-surface p-2.5">
      <div className="flex items-start justify-between gap-2">
        <Link href={`/crm/${id}`} className="min-w-0 text-sm font-medium break-words hover:underline">
          {title}
        </Link>
        {action}
      </div>
      <p className="text-sm text-muted">
        {amount === null ? t('noAmount') : <Sums sums={[{ amount, currency }]} />}
      </p>
      {(sync === 'conflict' || sync === 'refused') && (
        <Badge tone="warn" className="mt-1">
          {t(`sync.${sync}`)}
        </Badge>
      )}
    </article>
  );
}
