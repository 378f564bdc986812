'use client';
import { useQuery } from '@tanstack/react-query';
import { ArrowLeftRight, Check } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useLiveDoc } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { cn } from '@/ui/cn';
import { networkName } from '@/ui/network-mark';
import { RadioGroup } from '@/ui/radio-group';
import { Skeleton } from '@/ui/skeleton';
import { isEmpty, mergeFields, sameValue } from '../dedup/merge';
import type { DedupPolicy } from '../dedup/schema';
import { crmRecordModel } from '../schema';
import { shown } from './shown';
import type { Pair, useDecisions } from './use-duplicates';

type Record = DocOf<typeof crmRecordModel>;

/** Two records side by side: what differs, what would stay, and why they look alike. */
export function DuplicatesComparison(props: {
  pair: Pair;
  survivorId: string;
  onSurvivor: (id: string) => void;
  onSwap: () => void;
  decisions: ReturnType<typeof useDecisions>;
}) {
  const { pair, survivorId, onSurvivor, onSwap, decisions } = props;
  const t = useTranslations('duplicates');
  const [leftId = '', rightId = ''] = pair.recordIds;
  const left = useLiveDoc(crmRecordModel, leftId);
  const right = useLiveDoc(crmRecordModel, rightId);
  const open = pair.status === 'open';
  return (
    <div className="grid gap-4">
      <Card title={t('compare.title')}>
        <div className="grid gap-4">
          {open && (
            <RadioGroup
              label={t('compare.survivor')}
              value={survivorId}
              onValueChange={onSurvivor}
              options={pair.recordIds.map((id, at) => ({
                value: id,
                label: `${pair.titles[at]} (${networkName(pair.platforms[at] ?? '')})`,
              }))}
            />
          )}
          {left.status === 'loading' || right.status === 'loading' ? (
            <Skeleton className="h-48 rounded-md" />
          ) : left.item && right.item ? (
            open ? (
              <Differences left={left.item} right={right.item} survivorId={survivorId} />
            ) : (
              <p>{pair.titles.join(' · ')}</p>
            )
          ) : (
            <p className="text-muted">{t('compare.missing')}</p>
          )}
          <Actions pair={pair} survivorId={survivorId} onSwap={onSwap} decisions={decisions} />
        </div>
      </Card>
      {pair.evidence.length > 0 && <Why pair={pair} />}
    </div>
  );
}

function Actions(props: {
  pair: Pair;
  survivorId: string;
  onSwap: () => void;
  decisions: ReturnType<typeof useDecisions>;
}) {
  const { pair, survivorId, onSwap, decisions } = props;
  const t = useTranslations('duplicates');
  const format = useFormatter();
  if (pair.status === 'open')
    return (
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          loading={decisions.busy}
          aria-keyshortcuts="m"
          onClick={() => void decisions.resolve(pair, 'merge', survivorId)}
        >
          {t('merge')}
        </Button>
        <Button
          loading={decisions.busy}
          aria-keyshortcuts="a"
          onClick={() => void decisions.resolve(pair, 'keep_apart', survivorId)}
        >
          {t('keepApart')}
        </Button>
        <Button variant="ghost" icon={<ArrowLeftRight />} aria-keyshortcuts="s" onClick={onSwap}>
          {t('swap')}
        </Button>
      </div>
    );
  const late = pair.undoUntil !== null && pair.undoUntil.getTime() <= Date.now();
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button
        loading={decisions.busy}
        disabled={late}
        aria-keyshortcuts="u"
        onClick={() => void decisions.undo(pair)}
      >
        {t('undo')}
      </Button>
      {pair.undoUntil && (
        <span className="text-sm text-muted">
          {late
            ? t('expired')
            : t('until', { date: format.dateTime(pair.undoUntil, { dateStyle: 'medium' }) })}
        </span>
      )}
    </div>
  );
}

function Differences({ left, right, survivorId }: { left: Record; right: Record; survivorId: string }) {
  const t = useTranslations('duplicates.compare');
  const [whole, setWhole] = useState(false);
  const policy = useQuery({
    queryKey: ['dedup-settings', left.organizationId],
    queryFn: () => api<DedupPolicy>('GET', '/api/dedup/settings'),
  });
  const [survivor, loser] = survivorId === left.id ? [left, right] : [right, left];
  const merged = mergeFields(survivor, loser, policy.data?.sourcePriority ?? []);
  const names = [...new Set([left, right].flatMap(({ fields }) => Object.keys(fields)))].sort();
  const equal = names.filter((name) => sameValue(left.fields[name], right.fields[name]));
  // What only one of them says is kept in any case.
  const disputed = names.filter(
    (name) => !equal.includes(name) && [left, right].every(({ fields }) => !isEmpty(fields[name])),
  );
  const rows = whole ? names : names.filter((name) => !equal.includes(name));
  return (
    <div className="grid gap-2">
      <dl className="divide-y divide-line rounded-md border border-line">
        {rows.map((name) => (
          <div
            key={name}
            className={cn(
              'grid grid-cols-2 gap-x-3 gap-y-1 px-3 py-2 sm:grid-cols-[9rem_minmax(0,1fr)_minmax(0,1fr)]',
              disputed.includes(name) && 'bg-warn-tint',
            )}
          >
            <dt className="col-span-2 font-mono text-xs leading-6 text-muted sm:col-span-1">{name}</dt>
            {[left, right].map((record) => {
              const stays = sameValue(merged.fields[name], record.fields[name]);
              return (
                <dd
                  key={record.id}
                  className={cn('min-w-0 wrap-anywhere', stays ? 'font-medium' : 'text-muted')}
                >
                  {shown(record.fields[name])}
                  {stays && !equal.includes(name) && (
                    <span className="ml-2 inline-flex items-center gap-1 text-xs font-normal text-ok [&_svg]:size-3">
                      <Check aria-hidden="true" />
                      {t('stays')}
                    </span>
                  )}
                </dd>
              );
            })}
          </div>
        ))}
      </dl>
      {equal.length > 0 && (
        <Button size="sm" variant="ghost" className="justify-self-start" onClick={() => setWhole(!whole)}>
          {whole ? t('hideEqual') : t('equal', { count: equal.length })}
        </Button>
      )}
    </div>
  );
}

function Why({ pair }: { pair: Pair }) {
  const t = useTranslations('duplicates.compare');
  const format = useFormatter();
  return (
    <Card title={t('why')}>
      <ul className="grid gap-1.5 text-sm">
        {pair.evidence.map(({ field, method, similarity, strong }) => (
          <li key={`${field}-${method}`} className="flex flex-wrap items-baseline justify-between gap-x-4">
            <span>
              <code className="font-mono text-xs">{field}</code> {t(`method.${method}`)}
              {strong && similarity === 1 && <span className="text-muted"> · {t('strong')}</span>}
            </span>
            <span className="text-muted tabular-nums">
              {similarity === null ? t('failed') : format.number(similarity, { style: 'percent' })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
