'use client';
import { PenLine, RotateCcw, Scissors, Settings2, Shrink } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useState } from 'react';
import type { Counts, Finding } from '@/features/platforms/finding-schema';
import type { Connection } from '@/features/platforms/schema';
import { PUBLISHABLE_HEALTH } from '@/features/platforms/schema';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { cn } from '@/ui/cn';
import { CountRing } from '@/ui/count-ring';
import { NetworkMark, networkName } from '@/ui/network-mark';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import { StatusBadge } from '@/ui/status-badge';
import { useAttempt } from '@/ui/use-attempt';
import { FITTABLE } from '../../media-fit';
import type { PostChannel } from '../../schema';
import { isCustom } from './composer-state';
import { FindingsList } from './findings-list';

const ChannelSettings = lazy(() => import('./channel-settings'));

export interface ChannelRowProps {
  connection: Connection;
  /** Absent while the channel is not chosen. */
  channel: PostChannel | undefined;
  counts: Counts | undefined;
  findings: readonly Finding[];
  /** Not this member's to use, or its post is out already. */
  locked: string | null;
  editing: boolean;
  onToggle: () => void;
  onEdit: () => void;
  onReset: () => void;
  onSplit: () => void;
  /** @param media place of the file in this channel's list. */
  onFit: (media: number) => Promise<void>;
  onSetting: (key: string, value: unknown) => void;
}

/** One channel: whether the post goes there, how it fits, and what the network objects to. */
export function ChannelRow(props: ChannelRowProps) {
  const { connection, channel, counts, findings, locked, editing } = props;
  const t = useTranslations('content.channels');
  const [settings, setSettings] = useState(false);
  const broken = findings.some((finding) => finding.severity === 'error');
  const healthy = PUBLISHABLE_HEALTH.has(connection.health);
  return (
    <li
      className={cn(
        'grid grid-cols-1 gap-2 rounded-lg border border-line bg-surface px-3 py-2.5',
        channel && broken && 'border-danger',
        editing && 'border-iris ring-1 ring-iris',
      )}
    >
      <div className="flex items-center gap-2.5">
        <Checkbox
          checked={channel !== undefined}
          onCheckedChange={props.onToggle}
          disabled={locked !== null}
          aria-label={t('post', { name: connection.displayName, network: networkName(connection.platform) })}
        />
        <Avatar name={connection.displayName} src={connection.avatarUrl} />
        <div className="min-w-0 flex-1 leading-4">
          <p className="flex items-center gap-1.5 truncate text-sm font-medium">
            <NetworkMark platform={connection.platform} size={14} />
            <span className="truncate">{connection.displayName}</span>
          </p>
          <p className="truncate text-xs text-muted">{connection.handle}</p>
        </div>
        {connection.sandbox && <SandboxTag />}
        {channel && counts && (
          <CountRing
            used={counts.used}
            limit={counts.max}
            label={t('count', { network: networkName(connection.platform) })}
          />
        )}
      </div>
      {locked && <p className="text-xs text-muted">{locked}</p>}
      {!healthy && !channel && (
        <StatusBadge tone="warn" className="justify-self-start">
          {t('reconnect')}
        </StatusBadge>
      )}
      {channel && (
        <>
          <FindingsList findings={findings} action={(finding) => <Remedy finding={finding} {...props} />} />
          <div className="flex flex-wrap gap-1">
            <Button
              size="sm"
              variant="ghost"
              icon={PenLine}
              onClick={props.onEdit}
              aria-pressed={editing}
              disabled={locked !== null}
            >
              {isCustom(channel) ? t('editOwn') : t('customise')}
            </Button>
            {isCustom(channel) && (
              <Button
                size="sm"
                variant="ghost"
                icon={RotateCcw}
                onClick={props.onReset}
                disabled={locked !== null}
              >
                {t('reset')}
              </Button>
            )}
            <Button
              size="sm"
              variant="ghost"
              icon={Settings2}
              aria-expanded={settings}
              onClick={() => setSettings(!settings)}
              disabled={locked !== null}
            >
              {t('settings')}
            </Button>
          </div>
          {settings && (
            <Suspense fallback={<Skeleton className="h-16" />}>
              <ChannelSettings
                connectionId={connection.id}
                platform={connection.platform}
                settings={channel.settings ?? {}}
                onSetting={props.onSetting}
              />
            </Suspense>
          )}
        </>
      )}
    </li>
  );
}

/** A press that settles a finding: split a text that is too long, re-encode a picture that is too large. */
function Remedy({
  finding,
  onSplit,
  onFit,
}: { finding: Finding } & Pick<ChannelRowProps, 'onSplit' | 'onFit'>) {
  const t = useTranslations('content.channels');
  const { busy, attempt } = useAttempt();
  const place = /^media\.(\d+)$/.exec(finding.path)?.[1];
  if (finding.code === 'text_too_long' && finding.path === 'text') {
    return (
      <Button size="sm" icon={Scissors} onClick={onSplit}>
        {t('split')}
      </Button>
    );
  }
  if (!FITTABLE.has(finding.code) || place === undefined) return null;
  return (
    <Button size="sm" icon={Shrink} loading={busy} onClick={() => void attempt(() => onFit(Number(place)))}>
      {t('fit')}
    </Button>
  );
}
