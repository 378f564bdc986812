'use client';
import { Download, Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useState } from 'react';
import { useSaveFile } from '@/client/save-file';
import { Button } from '@/ui/button';
import type { PostFilter } from './use-posts';

const ImportDialog = lazy(() =>
  import('./import-dialog').then((module) => ({ default: module.ImportDialog })),
);

/** Posts in and out as a table. */
export function TableActions({ canWrite, filter }: { canWrite: boolean; filter: PostFilter }) {
  const t = useTranslations('content.import');
  const [open, setOpen] = useState(false);
  const { saving, save } = useSaveFile('/api/posts/export', t('exportFailed'));
  return (
    <>
      <Button icon={Download} loading={saving} onClick={() => void save({ ...filter })}>
        {t('export')}
      </Button>
      {canWrite && (
        <Button icon={Upload} onClick={() => setOpen(true)}>
          {t('open')}
        </Button>
      )}
      {open && (
        <Suspense>
          <ImportDialog open onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
