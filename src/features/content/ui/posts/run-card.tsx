'use client';
import { ExternalLink } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { Connection } from '@/features/platforms/schema';
import type { Attempt, Run } from '@/features/publishing/schema';
import { RunReason } from '@/features/publishing/ui/run-reason';
import { Avatar } from '@/ui/avatar';
import { DateTime } from '@/ui/date-time';
import { LiveValue } from '@/ui/live-value';
import { NetworkMark, networkName } from '@/ui/network-mark';
import { SandboxTag } from '@/ui/sandbox-tag';
import type { RunMetrics } from '../../answer-schema';
import type { LinkClicks } from '../../link-schema';
import { Attempts } from './attempts';
import { RunActions } from './run-actions';
import { RunLinks } from './run-links';
import { RunNumbers } from './run-metrics';
import { RunStatusBadge } from './run-status';

export interface RunCardProps {
  run: Run;
  connection: Connection | undefined;
  attempts: readonly Attempt[];
  loading: boolean;
  measured: RunMetrics | undefined;
  links: readonly LinkClicks[];
  canAct: boolean;
}

/** One channel of a post: where it stands, what a person can do, and every attempt. */
export function RunCard({ run, connection, attempts, loading, measured, links, canAct }: RunCardProps) {
  const t = useTranslations('content.run');
  const name = connection?.displayName ?? networkName(run.platform);
  return (
    <li className="grid gap-3 rounded-lg border border-line bg-surface p-4">
      <div className="flex flex-wrap items-center gap-2.5">
        <Avatar name={name} src={connection?.avatarUrl} />
        <div className="min-w-0 flex-1 leading-4">
          <p className="flex items-center gap-1.5 text-sm font-medium">
            <NetworkMark platform={run.platform} size={14} /> <span className="truncate">{name}</span>
            {run.platform === 'sandbox' && <SandboxTag />}
          </p>
          <p className="text-xs text-muted">
            {run.publishedAt ? (
              <>
                {t('outAt')} <DateTime at={run.publishedAt} />
              </>
            ) : (
              <>
                {t('dueAt')} <DateTime at={run.dueAt} />
              </>
            )}
          </p>
        </div>
        <LiveValue value={run.status}>
          <RunStatusBadge status={run.status} />
        </LiveValue>
      </div>
      <RunReason run={run} />
      {run.permalink && (
        <a
          href={run.permalink}
          target="_blank"
          rel="noreferrer noopener"
          className="inline-flex items-center gap-1.5 justify-self-start text-sm text-iris-text hover:underline"
        >
          {t('view', { network: networkName(run.platform) })} <ExternalLink size={14} aria-hidden="true" />
        </a>
      )}
      {measured && <RunNumbers measured={measured} />}
      <RunLinks links={links} />
      {canAct && <RunActions run={run} />}
      <details className="group">
        <summary className="cursor-pointer text-sm text-muted hover:text-ink">
          {t('attempts', { count: attempts.length })}
        </summary>
        <div className="pt-3">
          <Attempts attempts={attempts} loading={loading} />
        </div>
      </details>
    </li>
  );
}
