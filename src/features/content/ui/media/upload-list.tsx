'use client';
import { CircleCheck, CircleX, Pause, Play, RotateCw, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { IconButton } from '@/ui/icon-button';
import { toProblem } from '@/ui/problem';
import { Progress } from '@/ui/progress';
import type { UploadItem, UploadQueue } from './upload-queue';

const ENDED: ReadonlySet<UploadItem['status']> = new Set(['done', 'failed']);

/** What is being uploaded, with a way to pause, to stop and to try again. */
export function UploadList({ items, queue }: { items: readonly UploadItem[]; queue: UploadQueue }) {
  const t = useTranslations('media.upload');
  if (items.length === 0) return null;
  return (
    <ul aria-label={t('list')} className="grid gap-2">
      {items.map((item) => (
        <li key={item.id} className="rounded-md border border-line bg-surface px-3 py-2">
          {ENDED.has(item.status) ? (
            <Ended item={item} queue={queue} />
          ) : (
            <UnderWay item={item} queue={queue} />
          )}
        </li>
      ))}
    </ul>
  );
}

function UnderWay({ item, queue }: { item: UploadItem; queue: UploadQueue }) {
  const t = useTranslations('media.upload');
  const { id, file, status, share, uploadId } = item;
  const detail = {
    waiting: t('waiting'),
    paused: t('paused', { share }),
    offline: t('offline', { share }),
    sending: share >= 1 ? t('checking') : undefined,
  }[status as Exclude<UploadItem['status'], 'done' | 'failed'>];
  return (
    <div className="flex items-center gap-2">
      <Progress
        label={file.name}
        value={share * 100}
        detail={detail}
        onCancel={() => queue.remove(id)}
        className="min-w-0 flex-1"
      />
      {status === 'sending' && uploadId && (
        <IconButton
          size="sm"
          label={t('pause', { name: file.name })}
          icon={Pause}
          onClick={() => queue.pause(id)}
        />
      )}
      {(status === 'paused' || status === 'offline') && (
        <IconButton
          size="sm"
          label={t('resume', { name: file.name })}
          icon={Play}
          onClick={() => queue.resume(id)}
        />
      )}
    </div>
  );
}

function Ended({ item, queue }: { item: UploadItem; queue: UploadQueue }) {
  const t = useTranslations('media.upload');
  const failed = item.status === 'failed';
  const Icon = failed ? CircleX : CircleCheck;
  return (
    <div className="flex items-start gap-2 text-sm">
      <Icon size={16} aria-hidden="true" className={failed ? 'mt-0.5 text-danger' : 'mt-0.5 text-ok'} />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{item.file.name}</p>
        <p role={failed ? 'alert' : 'status'} className="text-muted">
          {failed
            ? (toProblem(item.error).detail ?? t('failed'))
            : item.duplicate
              ? t('duplicate')
              : t('done')}
        </p>
      </div>
      {failed && (
        <IconButton size="sm" label={t('retry')} icon={RotateCw} onClick={() => queue.retry(item.id)} />
      )}
      <IconButton size="sm" label={t('dismiss')} icon={X} onClick={() => queue.remove(item.id)} />
    </div>
  );
}
