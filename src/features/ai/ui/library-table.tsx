'use client';

import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useMemo, useState } from 'react';
import { useCan } from '@/client/session';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { type DataColumn, DataTable } from '@/ui/data-table';
import { EmptyState } from '@/ui/empty-state';
import type { IconProp } from '@/ui/icon';
import { RelativeTime } from '@/ui/relative-time';
import { StatusBadge } from '@/ui/status-badge';
import type { Head, Kind } from './use-library';

type LibraryTableProps<H extends Head> = {
  kind: Kind;
  heads: readonly H[];
  loading: boolean;
  error: unknown;
  onRetry: () => void;
  onOpen: (id: string) => void;
  onCreate: () => void;
  icon: IconProp;
  names: ReadonlyMap<string, string>;
  /** Beside the name, e.g. that it is the default. */
  mark?: ((head: H) => ReactNode) | undefined;
  extra?: readonly DataColumn<H>[];
};

/** Everything of one kind with its state, live; a row opens it. */
export function LibraryTable<H extends Head>(props: LibraryTableProps<H>) {
  const t = useTranslations('ai.library');
  const own = useTranslations(`ai.${props.kind}`);
  const manages = useCan('ai.manage');
  const [archived, setArchived] = useState(false);
  const columns = useColumns(props);
  const hidden = props.heads.filter((head) => head.status === 'archived').length;
  const rows = archived ? props.heads : props.heads.filter((head) => head.status !== 'archived');
  const create = manages && (
    <Button variant="primary" icon={Plus} onClick={props.onCreate}>
      {own('create')}
    </Button>
  );
  return (
    <DataTable
      caption={own('title')}
      columns={columns}
      rows={rows}
      rowKey={(head) => head.id}
      onRowOpen={(head) => props.onOpen(head.id)}
      loading={props.loading}
      error={props.error}
      onRetry={props.onRetry}
      storageKey={`ai-${props.kind}`}
      toolbar={
        props.heads.length > 0 && (
          <>
            {create}
            {hidden > 0 && (
              <Checkbox checked={archived} onCheckedChange={setArchived}>
                {t('showArchived', { count: hidden })}
              </Checkbox>
            )}
          </>
        )
      }
      empty={
        <EmptyState
          icon={props.icon}
          title={own(hidden > 0 ? 'allArchived' : 'empty')}
          body={own(manages ? 'emptyBody' : 'emptyReadOnly')}
          action={create || undefined}
        />
      }
    />
  );
}

function useColumns<H extends Head>({ onOpen, names, mark, extra }: LibraryTableProps<H>): DataColumn<H>[] {
  const t = useTranslations('ai.library');
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('name'),
        hideable: false,
        sortValue: (head) => head.name,
        cell: (head) => (
          <span className="flex items-center gap-2">
            <button
              type="button"
              className="max-w-80 truncate text-left font-medium hover:text-iris-text hover:underline"
              onClick={(event) => {
                event.stopPropagation();
                onOpen(head.id);
              }}
            >
              {head.name}
            </button>
            {mark?.(head)}
          </span>
        ),
      },
      ...(extra ?? []),
      {
        id: 'status',
        header: t('status'),
        sortValue: (head) => head.status,
        cell: (head) => <HeadStatus head={head} />,
      },
      {
        id: 'by',
        header: t('changedBy'),
        className: 'max-w-40 truncate',
        sortValue: (head) => names.get(head.updatedBy),
        cell: (head) => names.get(head.updatedBy) ?? '–',
      },
      {
        id: 'updated',
        header: t('changed'),
        className: 'whitespace-nowrap',
        sortValue: (head) => head.updatedAt,
        cell: (head) => <RelativeTime at={head.updatedAt} />,
      },
    ],
    [t, onOpen, names, mark, extra],
  );
}

const TONES = { published: 'ok', draft: 'warn', archived: 'neutral' } as const;

/** Which version is in use, and whether a newer one waits. */
export function HeadStatus({ head }: { head: Head }) {
  const t = useTranslations('ai.library');
  const waits =
    head.status === 'published' &&
    head.publishedVersion !== null &&
    head.latestVersion > head.publishedVersion;
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <StatusBadge tone={TONES[head.status]}>
        {t(`state.${head.status}`, { version: head.publishedVersion ?? head.latestVersion })}
      </StatusBadge>
      {waits && <span className="text-xs text-muted">{t('waits', { version: head.latestVersion })}</span>}
    </span>
  );
}
