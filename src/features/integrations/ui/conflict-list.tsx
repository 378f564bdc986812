'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Checkbox } from '@/ui/checkbox';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { RadioGroup } from '@/ui/radio-group';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { untilGone, useAttempt } from '@/ui/use-attempt';
import { type ResolvedManyView, syncConflictModel } from '../sync/schema';
import { SettledConflicts, takeBack } from './settled-conflicts';

type Conflict = DocOf<typeof syncConflictModel>;
type Side = 'external' | 'internal';
const SHOWN = 50;

/** Records that both sides changed, live: base and both sides, a choice for each field, and one for many. */
export function ConflictList({ connectionId }: { connectionId: string }) {
  const t = useTranslations('integrations.conflicts');
  const { organization } = useSession();
  const live = useLiveQuery({
    model: syncConflictModel,
    where: [
      ['organizationId', '==', organization.id],
      ['integrationId', '==', connectionId],
      ['status', '==', 'open'],
    ],
    orderBy: [['detectedAt', 'desc']],
    limit: SHOWN,
  });
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const chosen = live.items.filter(({ id }) => marked.has(id));
  const mark = (ids: readonly string[], on: boolean) =>
    setMarked((known) => {
      const next = new Set(known);
      for (const id of ids) on ? next.add(id) : next.delete(id);
      return next;
    });
  return (
    <Card title={t('title')} description={t('description')}>
      {live.status === 'error' ? (
        <ErrorState compact error={live.error} onRetry={live.retry} />
      ) : live.status === 'loading' ? (
        <Skeleton className="h-16 rounded-lg" />
      ) : live.items.length === 0 ? (
        <div className="grid gap-4">
          <p className="text-muted">{t('none')}</p>
          <SettledConflicts connectionId={connectionId} />
        </div>
      ) : (
        <div className="grid gap-4">
          <p role="status">{t('count', { count: live.items.length })}</p>
          <Bulk
            conflicts={chosen}
            all={chosen.length === live.items.length}
            onAll={(on) =>
              mark(
                live.items.map(({ id }) => id),
                on,
              )
            }
          />
          <ul className="grid gap-4">
            {live.items.map((conflict) => (
              <li key={`${conflict.id}-${conflict.version}`} className="rounded-lg border border-line p-3">
                <OneConflict
                  conflict={conflict}
                  marked={marked.has(conflict.id)}
                  onMark={(on) => mark([conflict.id], on)}
                />
              </li>
            ))}
          </ul>
          <SettledConflicts connectionId={connectionId} />
        </div>
      )}
    </Card>
  );
}

function resolve({ id, version }: Conflict, body: object): Promise<unknown> {
  return api('POST', `/api/sync/conflicts/${id}/resolve`, { body: { ...body, expectedVersion: version } });
}

function Bulk(props: { conflicts: readonly Conflict[]; all: boolean; onAll: (on: boolean) => void }) {
  const { conflicts, all, onAll } = props;
  const t = useTranslations('integrations.conflicts');
  const { busy, error, attempt } = useAttempt();
  const [left, setLeft] = useState(0);
  const undo = useTranslations('integrations.undo');
  const undoAll = (settled: ResolvedManyView['resolved']) =>
    attempt(async () => {
      for (const one of settled) await takeBack(one);
      toast.success(undo('allDone', { count: settled.length }));
    });
  const settle = (strategy: 'external_wins' | 'internal_wins') =>
    attempt(async () => {
      const { resolved, failed } = await api<ResolvedManyView>('POST', '/api/sync/conflicts/resolve', {
        body: {
          strategy,
          conflicts: conflicts.map(({ id, version }) => ({ id, expectedVersion: version })),
        },
      });
      setLeft(failed.length);
      if (resolved.length > 0)
        toast.success(t('settled', { count: resolved.length }), {
          action: { label: undo('undo'), onClick: () => void undoAll(resolved) },
        });
    });
  const none = conflicts.length === 0;
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Checkbox label={t('all')} checked={all} indeterminate={!all && !none} onCheckedChange={onAll} />
        <Button size="sm" disabled={none} loading={busy} onClick={() => void settle('external_wins')}>
          {t('allExternal', { count: conflicts.length })}
        </Button>
        <Button size="sm" disabled={none} loading={busy} onClick={() => void settle('internal_wins')}>
          {t('allInternal', { count: conflicts.length })}
        </Button>
      </div>
      {left > 0 && <p role="status">{undo('left', { count: left })}</p>}
      {error !== null && <ErrorState compact error={error} />}
    </div>
  );
}

function OneConflict(props: { conflict: Conflict; marked: boolean; onMark: (on: boolean) => void }) {
  const { conflict, marked, onMark } = props;
  const t = useTranslations('integrations.conflicts');
  const [choices, setChoices] = useState<Record<string, Side>>({});
  const { busy, error, attempt } = useAttempt();
  const gone = conflict.kind === 'delete';
  const names = gone ? [DELETED] : conflict.fields.map(({ field }) => field);
  const apply = () =>
    attempt(async () => {
      await resolve(
        conflict,
        gone ? { strategy: `${choices[DELETED] ?? 'internal'}_wins` } : { fields: choices },
      );
      toast.success(t('settled', { count: 1 }));
      // The listener takes it off the list.
      await untilGone();
    });
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Checkbox label={conflict.title} checked={marked} onCheckedChange={onMark} />
        <span className="flex items-center gap-2 text-sm text-muted">
          <RelativeTime at={conflict.detectedAt} />
          <LinkButton size="sm" href={`/crm/${conflict.recordId}`}>
            {t('open')}
          </LinkButton>
        </span>
      </div>
      {gone && <p>{t('deletedThere')}</p>}
      {names.map((name) => {
        const field = conflict.fields.find((one) => one.field === name);
        return (
          <div key={name} className="grid gap-1">
            {field && (
              <p className="text-sm text-muted">
                {t('before', { value: shown(field.base) })} {field.reason}
              </p>
            )}
            <RadioGroup<Side>
              label={gone ? t('deletedChoice') : name}
              value={choices[name]}
              onValueChange={(side) => setChoices((known) => ({ ...known, [name]: side }))}
              options={[
                {
                  value: 'external',
                  label: gone ? t('deleteHere') : t('external', { value: shown(field?.external) }),
                },
                {
                  value: 'internal',
                  label: gone ? t('keepHere') : t('internal', { value: shown(field?.internal) }),
                },
              ]}
            />
          </div>
        );
      })}
      <Button
        variant="primary"
        size="sm"
        className="justify-self-start"
        loading={busy}
        disabled={names.some((name) => !choices[name])}
        onClick={() => void apply()}
      >
        {t('apply')}
      </Button>
      {error !== null && <ErrorState compact error={error} />}
    </div>
  );
}

const DELETED = 'deleted';

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
