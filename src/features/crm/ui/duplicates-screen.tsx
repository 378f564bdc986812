'use client';
import { CopyX, Users } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useCan, useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { PageHeader } from '@/ui/page-header';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import { dedupCandidateModel } from '../dedup/schema';
import { DuplicatesBulk } from './duplicates-bulk';
import { DuplicatesComparison } from './duplicates-comparison';
import { DuplicatesList } from './duplicates-list';
import { DuplicatesRules } from './duplicates-rules';
import { DuplicatesRun } from './duplicates-run';
import { type Pair, useDecisions } from './use-duplicates';

const STATUSES = ['open', 'merged', 'kept_apart'] as const;
const SHOWN = 100;
/** `g a` leads elsewhere: what follows a `g` is not for this page. */
const CHORD_MS = 1_200;
/** Somebody else's decision may just have brought another pair: nobody can have meant that one yet. */
const UNSEEN_MS = 300;

/** Pairs of records that may be one, live: compared side by side, decided by keyboard, and taken back. */
export function DuplicatesScreen() {
  const t = useTranslations('duplicates');
  const may = useCan('integrations.manage');
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} actions={may && <DuplicatesRules />} />
      {may ? (
        <Review />
      ) : (
        <EmptyState
          icon={<Users />}
          title={t('admins.title')}
          body={t('admins.body')}
          outline="none"
          action={<LinkButton href="/crm">{t('admins.action')}</LinkButton>}
        />
      )}
    </>
  );
}

function Review() {
  const t = useTranslations('duplicates');
  const [status, setStatus] = useQueryState('show', parseAsStringLiteral(STATUSES).withDefault('open'));
  const { organization } = useSession();
  const live = useLiveQuery({
    model: dedupCandidateModel,
    where: [
      ['organizationId', '==', organization.id],
      ['status', '==', status],
    ],
    orderBy: [[status === 'open' ? 'score' : 'decidedAt', 'desc']],
    limit: SHOWN,
  });
  return (
    <div className="grid gap-4">
      <DuplicatesRun />
      <SegmentedControl
        aria-label={t('show')}
        className="flex-wrap justify-self-start"
        value={status}
        onValueChange={(next) => void setStatus(next)}
        options={STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
      />
      {live.status === 'error' ? (
        <ErrorState error={live.error} onRetry={live.retry} />
      ) : live.status === 'loading' ? (
        <div className="grid gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
          <Skeleton className="h-72 rounded-lg" />
          <Skeleton className="h-96 rounded-lg" />
        </div>
      ) : live.items.length === 0 ? (
        <EmptyState icon={<CopyX />} title={t(`empty.${status}`)} body={t(`empty.${status}Body`)} />
      ) : (
        <Pairs key={status} pairs={live.items} />
      )}
    </div>
  );
}

function Pairs({ pairs }: { pairs: readonly Pair[] }) {
  const t = useTranslations('duplicates');
  const decisions = useDecisions();
  const [chosenId, setChosenId] = useState<string | null>(null);
  const [place, setPlace] = useState(0);
  const [survivors, setSurvivors] = useState<Readonly<Record<string, string>>>({});
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  // Once a pair is decided, the one that took its place comes next.
  const pair = pairs.find(({ id }) => id === chosenId) ?? pairs[Math.min(place, pairs.length - 1)];
  const view = useRef<HTMLDivElement>(null);
  const seen = useRef<{ id: string | undefined; at: number }>({ id: undefined, at: 0 });
  const chordAt = useRef(Number.NEGATIVE_INFINITY);
  const shownId = pair?.id;
  useEffect(() => {
    // The pair that had the focus is gone from the list: the keys go on with the next one.
    if (shownId && seen.current.id && document.activeElement === document.body)
      view.current?.querySelector<HTMLElement>(`[data-pair="${shownId}"]`)?.focus();
    seen.current = { id: shownId, at: performance.now() };
  }, [shownId]);
  if (!pair) return null;
  const survivorId = survivors[pair.id] ?? pair.survivorId;
  const choose = (id: string) => {
    setChosenId(id);
    setPlace(pairs.findIndex((one) => one.id === id));
  };
  const swap = () => {
    const other = pair.recordIds.find((id) => id !== survivorId) ?? survivorId;
    setSurvivors((known) => ({ ...known, [pair.id]: other }));
  };
  const press = (event: KeyboardEvent) => {
    const typing =
      event.target instanceof Element &&
      event.target.closest('input:not([type=checkbox],[type=radio]), textarea, select');
    if (typing || event.metaKey || event.ctrlKey || event.altKey || decisions.busy) return;
    const follows = event.timeStamp - chordAt.current < CHORD_MS;
    chordAt.current = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
    const act = actionFor(event.key, pair.status);
    if (!act || follows || performance.now() - seen.current.at < UNSEEN_MS) return;
    event.preventDefault();
    event.stopPropagation();
    if (act === 'swap') swap();
    else if (act === 'undo') void decisions.undo(pair);
    else void decisions.resolve(pair, act, survivorId);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole view; every one has its button.
    <div ref={view} className="grid gap-3" onKeyDown={press}>
      {pair.status === 'open' && (
        <DuplicatesBulk pairs={pairs} marked={marked} onMark={setMarked} decisions={decisions} />
      )}
      {decisions.error !== null && <ErrorState compact error={decisions.error} />}
      <div className="grid items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <DuplicatesList
          pairs={pairs}
          chosenId={pair.id}
          onChoose={choose}
          marked={marked}
          onMark={setMarked}
        />
        <DuplicatesComparison
          key={pair.id}
          pair={pair}
          survivorId={survivorId}
          onSurvivor={(id) => setSurvivors((known) => ({ ...known, [pair.id]: id }))}
          onSwap={swap}
          decisions={decisions}
        />
      </div>
      <p className="text-sm text-muted pointer-coarse:hidden">{t('keys')}</p>
    </div>
  );
}

function actionFor(key: string, status: Pair['status']): 'merge' | 'keep_apart' | 'swap' | 'undo' | null {
  const pressed = key.toLowerCase();
  if (status !== 'open') return pressed === 'u' ? 'undo' : null;
  return pressed === 'm' ? 'merge' : pressed === 'a' ? 'keep_apart' : pressed === 's' ? 'swap' : null;
}
