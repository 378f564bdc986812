'use client';
import { useTranslations } from 'next-intl';
import { TimeZoneSelect } from '@/features/users/ui/time-zone-select';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Switch } from '@/ui/switch';
import type { ChannelDraft } from './channel-draft';

const NIGHT = { from: '22:00', to: '07:00' };
const DIGESTS = ['immediate', 'hourly', 'daily'] as const;
const LANGUAGES = ['en', 'de'] as const;

interface ChannelTimingProps {
  draft: ChannelDraft;
  change: (part: Partial<ChannelDraft>) => void;
}

/** When messages come, by which clock, and in which language. */
export function ChannelTiming({ draft, change }: ChannelTimingProps) {
  const t = useTranslations('notify');
  const quiet = draft.quietHours;
  return (
    <div className="grid gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t('digest')} hint={t('digestHint')}>
          <Select
            value={draft.digest}
            options={DIGESTS.map((value) => ({ value, label: t(`digests.${value}`) }))}
            onValueChange={(value) => change({ digest: DIGESTS.find((one) => one === value) ?? 'immediate' })}
          />
        </Field>
        <Field label={t('language')}>
          <Select
            value={draft.locale}
            options={LANGUAGES.map((value) => ({ value, label: t(`languages.${value}`) }))}
            onValueChange={(value) => change({ locale: value === 'de' ? 'de' : 'en' })}
          />
        </Field>
      </div>
      <Field label={t('zone')}>
        <TimeZoneSelect value={draft.timezone} onValueChange={(timezone) => change({ timezone })} />
      </Field>
      <Switch
        label={t('quiet')}
        description={t('quietHint')}
        checked={quiet !== null}
        onCheckedChange={(on) => change({ quietHours: on ? NIGHT : null })}
      />
      {quiet && (
        <div className="flex flex-wrap gap-3">
          {(['from', 'to'] as const).map((end) => (
            <Field key={end} label={t(end === 'from' ? 'quietFrom' : 'quietTo')}>
              <Input
                type="time"
                value={quiet[end]}
                onChange={(event) =>
                  event.target.value && change({ quietHours: { ...quiet, [end]: event.target.value } })
                }
              />
            </Field>
          ))}
        </div>
      )}
    </div>
  );
}
