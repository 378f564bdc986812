'use client';
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { useAttempt } from '@/ui/use-attempt';
import { ACCEPT_ATTRIBUTE } from '../../media-limits';
import type { UploadState } from '../../media-upload-schema';
import { sameFile } from './same-file';
import type { UploadItem, UploadQueue } from './upload-queue';
import { discardUpload } from './use-uploads';

interface UnfinishedUploadsProps {
  organizationId: string;
  items: readonly UploadItem[];
  queue: UploadQueue;
}

/** What stopped half-way before this page was opened. A browser forgets the file, so it is chosen once more and goes on. */
export function UnfinishedUploads({ organizationId, items, queue }: UnfinishedUploadsProps) {
  const t = useTranslations('media.unfinished');
  // What ends here changes what is unfinished.
  const running = items.map((item) => item.uploadId).join();
  const query = useQuery({
    queryKey: ['unfinished-uploads', organizationId, running],
    queryFn: () => api<{ items: UploadState[] }>('GET', '/api/media/uploads'),
    // Nothing is lost when this cannot be read: the uploads stay, and choosing the same file goes on with them.
    retry: false,
  });
  const left = (query.data?.items ?? []).filter(
    (upload) => !items.some((item) => item.uploadId === upload.id),
  );
  if (left.length === 0) return null;
  return (
    <section aria-label={t('title')} className="grid gap-2">
      <h2 className="font-medium text-sm">{t('title')}</h2>
      <ul className="grid gap-2">
        {left.map((upload) => (
          <Unfinished
            key={upload.id}
            upload={upload}
            onFile={(file) => queue.add([file])}
            onDiscard={async () => {
              await discardUpload(organizationId, upload.id);
              await query.refetch();
            }}
          />
        ))}
      </ul>
    </section>
  );
}

interface UnfinishedProps {
  upload: UploadState;
  onFile: (file: File) => void;
  onDiscard: () => Promise<void>;
}

function Unfinished({ upload, onFile, onDiscard }: UnfinishedProps) {
  const t = useTranslations('media.unfinished');
  const format = useFormatter();
  const input = useRef<HTMLInputElement>(null);
  const [other, setOther] = useState(false);
  const { busy, attempt } = useAttempt();
  const share = format.number(upload.offset / upload.length, { style: 'percent' });
  const choose = (file: File | undefined) => {
    if (!file) return;
    const same = sameFile(upload, file);
    setOther(!same);
    if (same) onFile(file);
  };
  return (
    <li className="grid gap-1 rounded-md border border-line bg-surface px-3 py-2 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="min-w-0 flex-1 truncate">{upload.filename}</span>
        <span className="text-muted tabular-nums">{t('arrived', { share })}</span>
        <input
          ref={input}
          type="file"
          accept={ACCEPT_ATTRIBUTE}
          hidden
          aria-label={t('chooseFor', { name: upload.filename })}
          onChange={(event) => {
            choose(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        <Button size="sm" onClick={() => input.current?.click()}>
          {t('choose')}
        </Button>
        <IconButton
          size="sm"
          label={t('discard', { name: upload.filename })}
          icon={X}
          loading={busy}
          onClick={() => void attempt(onDiscard)}
        />
      </div>
      {other && (
        <p role="alert" className="text-danger">
          {t('otherFile', { name: upload.filename })}
        </p>
      )}
    </li>
  );
}
