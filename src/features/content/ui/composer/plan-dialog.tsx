'use client';
import { CalendarClock, Send } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import type { Connection } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { NetworkMark } from '@/ui/network-mark';
import { SegmentedControl } from '@/ui/segmented-control';
import { Select } from '@/ui/select';
import type { ScheduleRequest } from '../../schema';
import { FindingsList } from './findings-list';
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
  /** Resolves when it is done; what it throws is shown here. */
  onPlan: (schedule: ScheduleRequest) => Promise<void>;
}

/** Now, or at a local time: says where it goes, what is wrong, and what the clocks do. */
export default function PlanDialog(props: PlanDialogProps) {
  const { channels, checks, zone, planned } = props;
  const t = useTranslations('content.plan');
  const [mode, setMode] = useState(props.initialMode);
  const [choice, setChoice] = useState<ScheduleChoice>(
    () => planned ?? { localTime: suggestedTime(new Date(), zone), zone, disambiguation: 'earlier' },
  );
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const verdict = verdictOf(choice, new Date());
  const errors = channels.filter((channel) => hasErrors(checks.get(channel.id)));
  const timeFine = mode === 'now' || (verdict.kind !== 'invalid' && verdict.kind !== 'past');
  const ready = channels.length > 0 && errors.length === 0 && timeFine && !busy;
  const go = async () => {
    if (!ready) return;
    setBusy(true);
    setError(null);
    try {
      await props.onPlan(mode === 'now' ? { mode } : { mode, ...choice });
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
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
          className="justify-self-start"
          aria-label={t('when')}
          value={mode}
          onValueChange={setMode}
          options={[
            { value: 'now', label: t('now'), icon: Send },
            { value: 'at', label: t('at'), icon: CalendarClock },
          ]}
        />
        {mode === 'at' && <TimeFields choice={choice} onChoice={setChoice} verdict={verdict} zone={zone} />}
        <Destinations channels={channels} checks={checks} />
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Dialog>
  );
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
