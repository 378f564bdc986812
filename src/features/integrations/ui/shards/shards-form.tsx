'use client';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useEffect, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { MAX_SHARDS, type ShardsView } from '../../shards/schema';
import { draftsOf, moved, nextId, rulesOf, type ShardDraft } from './draft';
import { ShardEditor } from './shard-editor';

interface Props {
  integrationId: string;
  entity: string;
  onDirty: (dirty: boolean) => void;
}

/** What else a kind of record becomes here, and the form that changes it. */
export function ShardsForm(props: Props) {
  const t = useTranslations('shards');
  const path = `/api/integrations/${props.integrationId}/shards/${props.entity}` as const;
  const asked = useQuery({
    queryKey: ['shards', props.integrationId, props.entity],
    queryFn: () => api<ShardsView>('GET', path),
    refetchOnWindowFocus: false,
  });
  return (
    <Card title={t('title')} description={t('description')}>
      {asked.data ? (
        <Rules
          key={asked.data.version}
          {...props}
          path={path}
          known={asked.data}
          onStored={() => void asked.refetch()}
        />
      ) : asked.error ? (
        <ErrorState compact error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <div aria-busy="true">
          <span className="sr-only">{t('loading')}</span>
          <Skeleton className="h-16 rounded-lg" />
        </div>
      )}
    </Card>
  );
}

function Rules({
  known,
  path,
  onDirty,
  onStored,
}: Props & { known: ShardsView; path: `/api/${string}`; onStored: () => void }) {
  const t = useTranslations('shards');
  const [drafts, setDrafts] = useState(() => draftsOf(known.shards));
  const { busy, error, attempt } = useAttempt();
  const dirty = JSON.stringify(rulesOf(drafts)) !== JSON.stringify(known.shards);
  useEffect(() => onDirty(dirty), [dirty, onDirty]);
  const problem = error instanceof ApiProblem ? error : null;
  const stale = problem?.code === 'stale_version';
  const put = (id: number, patch: Partial<ShardDraft>) =>
    setDrafts((all) => all.map((one) => (one.id === id ? { ...one, ...patch } : one)));
  const save = async (event: FormEvent) => {
    event.preventDefault();
    await attempt(async () => {
      const body = { shards: rulesOf(drafts), expectedVersion: known.version };
      await api<ShardsView>('PUT', path, { body });
      toast.success(t('saved'));
      onStored();
    });
  };
  return (
    <form onSubmit={save} className="grid gap-4">
      {drafts.length === 0 && <p className="text-muted">{t('empty')}</p>}
      <ul className="grid gap-4">
        {drafts.map((draft, at) => (
          <ShardEditor
            key={draft.id}
            draft={draft}
            available={known.available}
            first={at === 0}
            last={at === drafts.length - 1}
            fault={(field) => problem?.fault(`body.shards.${at}.${field}`)}
            onChange={(patch) => put(draft.id, patch)}
            onMove={(by) => setDrafts((all) => moved(all, at, by))}
            onRemove={() => setDrafts((all) => all.filter(({ id }) => id !== draft.id))}
          />
        ))}
      </ul>
      {stale && <p role="alert">{t('stale')}</p>}
      {error !== null && !stale && <ErrorState compact error={error} />}
      <div className="flex flex-wrap gap-2">
        {drafts.length < MAX_SHARDS && (
          <Button icon={<Plus />} onClick={() => setDrafts((all) => [...all, fresh(all)])}>
            {t('add')}
          </Button>
        )}
        {stale && <Button onClick={onStored}>{t('load')}</Button>}
        {dirty && !stale && (
          <>
            <Button type="submit" variant="primary" loading={busy}>
              {t('save')}
            </Button>
            <Button variant="ghost" disabled={busy} onClick={() => setDrafts(draftsOf(known.shards))}>
              {t('discard')}
            </Button>
          </>
        )}
      </div>
    </form>
  );
}

function fresh(all: readonly ShardDraft[]): ShardDraft {
  return {
    ...{ id: nextId(all), key: '', kind: 'company', condition: null, identity: null },
    fields: [{ id: 0, target: '', source: '' }],
  };
}
