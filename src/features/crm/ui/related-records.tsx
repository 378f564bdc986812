'use client';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { useLiveDoc, useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { relationModel } from '@/features/integrations/shards/schema';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { crmRecordModel } from '../schema';

const MOST = 50;
const KINDS = ['company', 'contact', 'deal', 'lead', 'opportunity', 'other'] as const;
type Kind = (typeof KINDS)[number];
type Relation = DocOf<typeof relationModel>;

/** Records that belong to this one at their vendor, and those made of the same record there; live. */
export function RelatedRecords({ record }: { record: { id: string; organizationId: string } }) {
  const t = useTranslations('shards.related');
  const from = useRelations(record, 'from');
  const to = useRelations(record, 'to');
  const error = from.status === 'error' ? from : to.status === 'error' ? to : null;
  const others = [...from.items.map(endOf('to')), ...to.items.map(endOf('from'))];
  const here = new Map(others.flatMap(({ id, kind }) => (id === null ? [] : [[id, kind] as const])));
  const waiting = from.items.filter(({ status }) => status === 'pending').length;
  if (error) return <ErrorState compact error={error.error} onRetry={error.retry} />;
  return (
    <Card title={t('title')}>
      {from.status === 'loading' || to.status === 'loading' ? (
        <Skeleton className="h-12 rounded-lg" />
      ) : (
        <div className="grid gap-3">
          {here.size === 0 && waiting === 0 && <p className="text-muted">{t('empty')}</p>}
          {KINDS.map((kind) => (
            <Group key={kind} kind={kind} ids={[...here].flatMap(([id, own]) => (own === kind ? id : []))} />
          ))}
          {waiting > 0 && <p className="text-sm text-muted">{t('waiting', { count: waiting })}</p>}
          {Math.max(from.items.length, to.items.length) >= MOST && (
            <p className="text-sm text-muted">{t('more', { count: MOST })}</p>
          )}
        </div>
      )}
    </Card>
  );
}

function Group({ kind, ids }: { kind: Kind; ids: readonly string[] }) {
  const t = useTranslations('shards.related');
  if (ids.length === 0) return null;
  return (
    <section>
      <h3 className="text-sm font-medium text-muted">{t(`kinds.${kind}`)}</h3>
      <ul className="grid gap-1 pt-1">
        {ids.map((id) => (
          <Related key={id} id={id} />
        ))}
      </ul>
    </section>
  );
}

function Related({ id }: { id: string }) {
  const t = useTranslations('shards.related');
  const { item, status } = useLiveDoc(crmRecordModel, id);
  if (status === 'loading')
    return (
      <li aria-busy="true">
        <Skeleton className="h-6 rounded-lg" />
      </li>
    );
  // One that could not be taken over is none of ours.
  if (!item) return null;
  return (
    <li className="flex min-w-0 flex-wrap items-center gap-x-2">
      <Link className="min-w-0 truncate text-iris-text underline" href={`/crm/${id}`}>
        {item.title}
      </Link>
      <span className="min-w-0 truncate text-sm text-muted">{item.subtitle}</span>
      {item.status === 'deleted' && <Badge tone="danger">{t('gone')}</Badge>}
    </li>
  );
}

function useRelations({ id, organizationId }: { id: string; organizationId: string }, end: 'from' | 'to') {
  return useLiveQuery({
    model: relationModel,
    where: [
      ['organizationId', '==', organizationId],
      [end, '==', id],
    ],
    limit: MOST,
  });
}

function endOf(end: 'from' | 'to') {
  return (relation: Relation): { id: string | null; kind: Kind } => {
    const name = end === 'from' ? relation.fromEntity : relation.toEntity;
    return { id: relation[end], kind: KINDS.find((kind) => kind === name) ?? 'other' };
  };
}
