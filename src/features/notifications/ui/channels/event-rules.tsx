'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { ErrorState } from '@/ui/error-state';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { CHANNEL_EVENTS, type Severity } from '../../channels/events.data';
import type { ChannelRule, EventChoiceView } from '../../channels/schema';

interface EventRulesProps {
  rules: readonly ChannelRule[];
  onChange: (rules: ChannelRule[]) => void;
}

/** Which events a channel hears of, and from which severity on. */
export function EventRules({ rules, onChange }: EventRulesProps) {
  const t = useTranslations('notify');
  const { organization } = useSession();
  const choices = useQuery({
    queryKey: ['notification-channels', organization.id, 'choices'],
    queryFn: ({ signal }) =>
      api<{ items: EventChoiceView[] }>('GET', '/api/notifications/channels/choices', { signal }),
  });
  const others = (event: string) => rules.filter((one) => one.event !== event);
  const offered = choices.data?.items ?? [];
  const groups = [...new Set(offered.map(({ event }) => CHANNEL_EVENTS[event].group))];
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-1.5 text-sm font-medium">{t('events')}</legend>
      <p className="text-xs text-muted">{t('eventsHint')}</p>
      {choices.isPending && (
        <div aria-busy="true" className="grid gap-2">
          {[0, 1, 2, 3].map((row) => (
            <Skeleton key={row} className="h-8" />
          ))}
        </div>
      )}
      {choices.error && <ErrorState error={choices.error} onRetry={() => void choices.refetch()} compact />}
      {groups.map((group) => (
        <div key={group} className="grid gap-2">
          <p className="text-xs font-medium text-muted">{t(`groups.${group}`)}</p>
          {offered
            .filter(({ event }) => CHANNEL_EVENTS[event].group === group)
            .map((choice) => (
              <RuleRow
                key={choice.event}
                choice={choice}
                rule={rules.find((one) => one.event === choice.event)}
                onChange={(severity) =>
                  onChange(
                    severity
                      ? [...others(choice.event), { event: choice.event, severity }]
                      : others(choice.event),
                  )
                }
              />
            ))}
        </div>
      ))}
    </fieldset>
  );
}

interface RuleRowProps {
  choice: EventChoiceView;
  rule: ChannelRule | undefined;
  onChange: (severity: Severity | null) => void;
}

function RuleRow({ choice: { event, severities }, rule, onChange }: RuleRowProps) {
  const t = useTranslations('notify');
  const label = t(`labels.${event}`);
  const [least = 'warning'] = severities;
  const options = [
    { value: '', label: t('levels.off') },
    ...(severities.length === 1
      ? [{ value: least, label: t('levels.on') }]
      : severities.map((severity) => ({ value: severity, label: t(`levels.${severity}`) }))),
  ];
  // A rule below the least there is means the least.
  const value = rule ? (severities.find((one) => one === rule.severity) ?? least) : '';
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
      <span className="text-sm">{label}</span>
      <Select
        aria-label={t('level', { event: label })}
        className="w-full sm:w-56"
        value={value}
        options={options}
        onValueChange={(chosen) => onChange(severities.find((one) => one === chosen) ?? null)}
      />
    </div>
  );
}
