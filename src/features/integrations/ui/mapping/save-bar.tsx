'use client';
import { Redo2, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { IconButton } from '@/ui/icon-button';
import { useOnline } from '@/ui/use-online';
import type { MapperState } from './use-mapper';

/** What saving does, what stands in its way, and the way back. */
export function SaveBar({ mapper }: { mapper: MapperState }) {
  const t = useTranslations('mapping.save');
  const online = useOnline();
  const { draft, dispatch, dirty, changes, faulty, colliding, saving, error } = mapper;
  if (!dirty && draft.past.length === 0 && draft.future.length === 0 && error === null) return null;
  const hindrance = !online
    ? t('offline')
    : colliding > 0
      ? t('colliding', { count: colliding })
      : faulty > 0
        ? t('faulty', { count: faulty })
        : null;
  return (
    <div className="sticky bottom-18 z-20 grid grid-cols-1 gap-2 rounded-lg border border-line bg-surface p-3 shadow-float md:bottom-4">
      {error !== null && <ErrorState compact error={error} safe={t('safe')} />}
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p role="status" className="text-sm font-medium">
            {dirty ? t('changes', { ...changes }) : t('none')}
          </p>
          <p className="text-xs text-muted">{hindrance ?? (dirty ? t('resync') : '')}</p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <IconButton
            label={t('undo')}
            icon={<Undo2 />}
            disabled={draft.past.length === 0}
            onClick={() => dispatch({ do: 'undo' })}
          />
          <IconButton
            label={t('redo')}
            icon={<Redo2 />}
            disabled={draft.future.length === 0}
            onClick={() => dispatch({ do: 'redo' })}
          />
          <Button variant="ghost" disabled={!dirty} onClick={() => dispatch({ do: 'reset' })}>
            {t('discard')}
          </Button>
          <Button
            variant="primary"
            loading={saving}
            disabled={!dirty || hindrance !== null}
            onClick={() => void mapper.submit()}
          >
            {t('save')}
          </Button>
        </div>
      </div>
    </div>
  );
}
