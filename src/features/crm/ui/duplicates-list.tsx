'use client';
import { useFormatter, useTranslations } from 'next-intl';
import { type KeyboardEvent, useRef } from 'react';
import { Badge } from '@/ui/badge';
import { Checkbox } from '@/ui/checkbox';
import { cn } from '@/ui/cn';
import { NetworkMark } from '@/ui/network-mark';
import type { Pair } from './use-duplicates';

/** The pairs, the surest first. Arrow keys move through them. */
export function DuplicatesList(props: {
  pairs: readonly Pair[];
  chosenId: string;
  onChoose: (id: string) => void;
  marked: ReadonlySet<string>;
  onMark: (marked: ReadonlySet<string>) => void;
}) {
  const { pairs, chosenId, onChoose, marked, onMark } = props;
  const t = useTranslations('duplicates');
  const list = useRef<HTMLUListElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = pairs.findIndex(({ id }) => id === chosenId) + step;
    const next = pairs[Math.min(pairs.length - 1, Math.max(0, at))];
    if (!next) return;
    onChoose(next.id);
    list.current?.querySelector<HTMLButtonElement>(`[data-pair="${next.id}"]`)?.focus();
  };
  const mark = (id: string, on: boolean) => {
    const next = new Set(marked);
    if (on) next.add(id);
    else next.delete(id);
    onMark(next);
  };
  return (
    <div className="grid gap-2">
      <p role="status" className="text-sm text-muted">
        {t('count', { count: pairs.length })}
      </p>
      <ul
        ref={list}
        aria-label={t('list')}
        onKeyDown={move}
        className="max-h-[36rem] divide-y divide-line overflow-y-auto rounded-lg border border-line bg-surface"
      >
        {pairs.map((pair) => (
          <li key={pair.id} className={cn('flex items-start', pair.id === chosenId && 'bg-iris-tint')}>
            {pair.status === 'open' && (
              <Checkbox
                aria-label={t('mark', { title: pair.titles.join(' · ') })}
                className="mt-3 mr-2 ml-3"
                checked={marked.has(pair.id)}
                onCheckedChange={(on) => mark(pair.id, on)}
              />
            )}
            <button
              type="button"
              data-pair={pair.id}
              aria-current={pair.id === chosenId ? 'true' : undefined}
              onClick={() => onChoose(pair.id)}
              className="grid min-w-0 flex-1 gap-1 px-3 py-2.5 text-left outline-offset-[-3px] hover:bg-sunken"
            >
              <PairLines pair={pair} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function PairLines({ pair }: { pair: Pair }) {
  const t = useTranslations('duplicates');
  const format = useFormatter();
  const score = format.number(pair.score, { style: 'percent' });
  return (
    <>
      {pair.titles.map((title, at) => (
        <span key={pair.recordIds[at]} className="flex min-w-0 items-center gap-2 text-sm">
          <NetworkMark platform={pair.platforms[at] ?? ''} />
          <span className={cn('truncate', pair.recordIds[at] === pair.survivorId && 'font-medium')}>
            {title}
          </span>
        </span>
      ))}
      <span className="flex flex-wrap items-center gap-2 text-xs text-muted tabular-nums">
        {t('score', { score })}
        {pair.undone && <Badge>{t('undone')}</Badge>}
        {pair.status === 'merged' && pair.decidedBy === 'irisync' && <Badge>{t('byIriSync')}</Badge>}
      </span>
    </>
  );
}
