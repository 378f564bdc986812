'use client';
import { Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { RelativeTime } from '@/ui/relative-time';
import { toast } from '@/ui/toast';
import { untilGone, useAttempt } from '@/ui/use-attempt';
import { syncConflictModel } from '../sync/schema';

const SHOWN = 10;

/** What people settled lately, each with a way back. Nothing where nothing was. */
export function SettledConflicts({ connectionId }: { connectionId: string }) {
  const t = useTranslations('integrations.undo');
  const { organization } = useSession();
  const live = useLiveQuery({
    model: syncConflictModel,
    where: [
      ['organizationId', '==', organization.id],
      ['integrationId', '==', connectionId],
      ['status', '==', 'resolved'],
    ],
    orderBy: [['detectedAt', 'desc']],
    limit: SHOWN,
  });
  const settled = live.items.filter(({ choices }) => choices !== null);
  if (settled.length === 0) return null;
  return (
    <details className="border-t border-line pt-3">
      <summary className="cursor-pointer rounded-md font-medium">
        {t('title', { count: settled.length })}
      </summary>
      <ul className="grid gap-2 pt-3">
        {settled.map((conflict) => (
          <li key={`${conflict.id}-${conflict.version}`}>
            <Settled conflict={conflict} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Settled({ conflict }: { conflict: DocOf<typeof syncConflictModel> }) {
  const t = useTranslations('integrations.undo');
  const { busy, error, attempt } = useAttempt();
  const sides = new Set(Object.values(conflict.choices ?? {}));
  const side = sides.size > 1 ? 'both' : sides.has('internal') ? 'internal' : 'external';
  const undo = () =>
    attempt(async () => {
      await takeBack(conflict);
      toast.success(t('done', { title: conflict.title }));
      // The listener takes it off the list.
      await untilGone();
    });
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <p className="min-w-0 break-words">
          {conflict.title}{' '}
          <span className="text-sm text-muted">
            {t(`side.${side}`)} {conflict.resolvedAt && <RelativeTime at={conflict.resolvedAt} />}
          </span>
        </p>
        <Button size="sm" variant="ghost" icon={<Undo2 />} loading={busy} onClick={() => void undo()}>
          {t('undo')} <span className="sr-only">{conflict.title}</span>
        </Button>
      </div>
      {error !== null && <ErrorState compact error={error} />}
    </div>
  );
}

/** Opens a settled conflict again, with the values both sides had. */
export function takeBack({ id, version }: { id: string; version: number }): Promise<unknown> {
  return api('POST', `/api/sync/conflicts/${id}/undo`, { body: { expectedVersion: version } });
}
