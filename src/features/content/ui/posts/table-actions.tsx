'use client';
import { Download, Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useState } from 'react';
import { apiResponse } from '@/client/api';
import { Button } from '@/ui/button';
import { toast } from '@/ui/toast';
import type { PostFilter } from './use-posts';

const ImportDialog = lazy(() =>
  import('./import-dialog').then((module) => ({ default: module.ImportDialog })),
);

/** Posts in and out as a table. */
export function TableActions({ canWrite, filter }: { canWrite: boolean; filter: PostFilter }) {
  const t = useTranslations('content.import');
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const answer = await apiResponse('GET', '/api/posts/export', { query: { ...filter } });
      const url = URL.createObjectURL(await answer.blob());
      const link = Object.assign(document.createElement('a'), { href: url, download: 'posts.csv' });
      link.click();
      URL.revokeObjectURL(url);
    } catch (error) {
      toast.error(error instanceof Error ? error.message : t('exportFailed'));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button icon={Download} loading={busy} onClick={save}>
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
