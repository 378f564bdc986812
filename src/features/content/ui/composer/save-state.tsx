'use client';
import { Check, CloudOff, CloudUpload, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Spinner } from '@/ui/spinner';
import type { SaveStatus } from './autosave';

/** Whether what is written is safe, and where. */
export function SaveState({ status, planned }: { status: SaveStatus; planned: boolean }) {
  const t = useTranslations('content.save');
  return (
    <span role="status" className="inline-flex items-center gap-1.5 text-sm text-muted">
      {content()}
    </span>
  );

  function content() {
    switch (status.kind) {
      case 'idle':
        return null;
      case 'pending':
        return planned ? (
          <>
            <CloudUpload size={16} aria-hidden="true" /> {t('unsaved')}
          </>
        ) : (
          <>
            <Spinner /> {t('saving')}
          </>
        );
      case 'saving':
        return (
          <>
            <Spinner /> {t('saving')}
          </>
        );
      case 'saved':
        return (
          <>
            <Check size={16} aria-hidden="true" className="text-ok" />
            {t('saved')}
          </>
        );
      case 'offline':
        return (
          <>
            <CloudOff size={16} aria-hidden="true" className="text-warn" /> {t('offline')}
          </>
        );
      default:
        return (
          <>
            <TriangleAlert size={16} aria-hidden="true" className="text-danger" /> {t('notSaved')}
          </>
        );
    }
  }
}
