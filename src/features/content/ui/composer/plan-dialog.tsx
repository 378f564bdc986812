'use client';
import { CalendarClock, ListOrdered, Send, Sparkles } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import type { BestTimes } from '@/features/analytics/schema';
import type { Connection } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { NetworkMark } from '@/ui/network-mark';
import { SegmentedControl } from '@/ui/segmented-control';
import { Select } from '@/ui/select';
import { useAttempt } from '@/ui/use-attempt';
import type { ScheduleRequest } from '../../schema';
import { FindingsList } from './findings-list';
import { FoundTimesList, useBestTimes, useQueueTimes } from './found-times';
import { type RepeatChoice, RepeatFields } from './repeat-fields';
import { repeatsFor, rruleOf } from './repeat-rule';
import { type ScheduleChoice, suggestedTime, verdictOf, zoneOptions } from './schedule-text';
import { sortFindings } from './shared-findings';
import type { ChannelCheck } from './use-checks';

export interface PlanDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  channels: readonly Connection[];
  checks: ReadonlyMap<string, ChannelCheck>;
  /** The person's own zone. */
  zone: string;
  /** What the post is planned for already. */
  planned: ScheduleChoice | null;
  initialMode: 'now' | 'at';
  /** False for an occurrence of a series. */
  canRepeat: boolean;
  /** Resolves when it is done; what it throws is shown here. */
  onPlan: (schedule: ScheduleRequest) => Promise<void>;
}

/** Now, at a local time (and again), in the next free slot or at the best time: says where it goes, what is wrong, and what the clocks do. */
export default function PlanDialog(props: PlanDialogProps) {
  const { channels, checks, zone, planned } = props;
  const t = useTranslations('content.plan');
  const [mode, setMode] = useState<ScheduleRequest['mode']>(props.initialMode);
  const [repeat, setRepeat] = useState<RepeatChoice>({ repeat: 'never', times: '' });
  const queue = useQueueTimes(channels, mode === 'queue');
  const best = useBestTimes(channels, zone, mode === 'best');
  const [choice, setChoice] = useState<ScheduleChoice>(
    () => planned ?? { localTime: suggestedTime(new Date(), zone), zone, disambiguation: 'earlier' },
  );
  const { busy, error, attempt } = useAttempt();
  const verdict = verdictOf(choice, new Date());
  const errors = channels.filter((channel) => hasErrors(checks.get(channel.id)));
  const timeFine = {
    now: true,
    draft: true,
    at: verdict.kind !== 'invalid' && verdict.kind !== 'past',
    queue: queue.complete,
    best: best.complete,
  }[mode];
  const ready = channels.length > 0 && errors.length === 0 && timeFine && !busy;
  const go = async () => {
    if (!ready) return;
    await attempt(async () => {
      await props.onPlan(requestFor(mode, choice, repeat, zone));
    });
  };
  return (
    <Dialog
      open={props.open}
      onOpenChange={(open) => !busy && props.onOpenChange(open)}
      title={t('title')}
      footer={
        <>
          <Button onClick={() => props.onOpenChange(false)} disabled={busy}>
            {t('cancel')}
          </Button>
          <Button
            variant="primary"
            icon={mode === 'now' ? Send : CalendarClock}
            loading={busy}
            disabled={!ready && !busy}
            onClick={go}
          >
            {mode === 'now'
              ? t('publish', { count: channels.length })
              : t('schedule', { count: channels.length })}
          </Button>
        </>
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the same keys as in the editor, for the whole dialog */}
      <div
        className="grid gap-4"
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.stopPropagation();
          void go();
        }}
      >
        <SegmentedControl
          className="flex-wrap justify-self-start"
          aria-label={t('when')}
          value={mode}
          onValueChange={setMode}
          options={[
            { value: 'now', label: t('now'), icon: Send },
            { value: 'at', label: t('at'), icon: CalendarClock },
            { value: 'queue', label: t('queue'), icon: ListOrdered },
            { value: 'best', label: t('best'), icon: Sparkles },
          ]}
        />
        {mode === 'at' && <TimeFields choice={choice} onChoice={setChoice} verdict={verdict} zone={zone} />}
        {mode === 'at' && props.canRepeat && (
          <RepeatFields choice={repeat} localTime={choice.localTime} onChoice={setRepeat} />
        )}
        {mode === 'queue' && (
          <FoundTimesList channels={channels} zone={zone} times={queue} none={() => t('noSlot')} />
        )}
        {mode === 'best' && (
          <FoundTimesList
            channels={channels}
            zone={zone}
            times={best}
            scores={best.data}
            none={(id) => noBestTime(best.data.get(id), t)}
          />
        )}
        <Destinations channels={channels} checks={checks} />
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Dialog>
  );
}

function requestFor(
  mode: ScheduleRequest['mode'],
  choice: ScheduleChoice,
  { repeat, times }: RepeatChoice,
  zone: string,
): ScheduleRequest {
  if (mode === 'best') return { mode, zone };
  if (mode !== 'at') return { mode };
  const offered = repeatsFor(choice.localTime).includes(repeat) ? repeat : 'never';
  const rrule = rruleOf(offered, choice.localTime, Number(times) >= 2 ? Number(times) : null);
  return { mode, ...choice, ...(rrule ? { rrule } : {}) };
}

function noBestTime(
  found: BestTimes | undefined,
  t: ReturnType<typeof useTranslations<'content.plan'>>,
): string {
  if (!found || found.enough) return t('noBestHour');
  return t('notEnough', { posts: found.posts, needed: found.needed });
}

function hasErrors(check: ChannelCheck | undefined): boolean {
  return check?.findings.some((finding) => finding.severity === 'error') ?? false;
}

function Destinations({ channels, checks }: Pick<PlanDialogProps, 'channels' | 'checks'>) {
  const t = useTranslations('content.plan');
  const { shared, own } = sortFindings(
    checks,
    channels.map((channel) => channel.id),
  );
  if (channels.length === 0) return <p className="text-sm text-danger">{t('noChannels')}</p>;
  return (
    <div className="grid gap-2">
      <ul aria-label={t('where')} className="divide-y divide-line rounded-md border border-line">
        {channels.map((channel) => (
          <li key={channel.id} className="grid gap-1.5 px-3 py-2">
            <span className="flex items-center gap-2 text-sm">
              <NetworkMark platform={channel.platform} />
              <span className="truncate">{channel.displayName}</span>
              <span className="truncate text-muted">{channel.handle}</span>
            </span>
            <FindingsList findings={own.get(channel.id) ?? []} />
          </li>
        ))}
      </ul>
      <FindingsList findings={shared} />
    </div>
  );
}

function TimeFields(props: {
  choice: ScheduleChoice;
  onChoice: (choice: ScheduleChoice) => void;
  verdict: ReturnType<typeof verdictOf>;
  zone: string;
}) {
  const { choice, onChoice, verdict, zone } = props;
  const t = useTranslations('content.plan');
  const format = useFormatter();
  const zones = useMemo(() => zoneOptions([zone, choice.zone]), [zone, choice.zone]);
  const time = (instant: Date, timeZone: string) =>
    format.dateTime(instant, {
      timeZone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
    });
  return (
    <div className="grid gap-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <Field
          label={t('localTime')}
          error={verdict.kind === 'past' ? t('past') : verdict.kind === 'invalid' ? t('invalid') : undefined}
        >
          <Input
            type="datetime-local"
            value={choice.localTime}
            onChange={(event) => onChoice({ ...choice, localTime: event.target.value.slice(0, 16) })}
          />
        </Field>
        <Field label={t('zone')}>
          <Select
            value={choice.zone}
            onValueChange={(value) => onChoice({ ...choice, zone: value })}
            options={zones.map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
          />
        </Field>
      </div>
      {verdict.kind === 'gap' && (
        <p role="status" className="rounded-md bg-warn-tint px-3 py-2 text-sm">
          {t('gap', { asked: choice.localTime.slice(11), shown: verdict.shown.slice(11) })}
        </p>
      )}
      {verdict.kind === 'overlap' && (
        <div className="grid justify-items-start gap-2 rounded-md bg-info-tint px-3 py-2 text-sm">
          <p role="status">{t('overlap', { asked: choice.localTime.slice(11) })}</p>
          <SegmentedControl
            size="sm"
            aria-label={t('which')}
            value={choice.disambiguation}
            onValueChange={(disambiguation) => onChoice({ ...choice, disambiguation })}
            options={[
              { value: 'earlier', label: t('first') },
              { value: 'later', label: t('second') },
            ]}
          />
        </div>
      )}
      {'shown' in verdict && choice.zone !== zone && (
        <p className="text-sm text-muted">{t('yours', { time: time(verdict.instant, zone), zone })}</p>
      )}
    </div>
  );
}
