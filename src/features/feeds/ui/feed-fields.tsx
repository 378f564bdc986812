'use client';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { useChannels } from '@/features/content/ui/composer/use-channels';
import { Checkbox } from '@/ui/checkbox';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { FormError } from '@/ui/form-error';
import { LinkButton } from '@/ui/link-button';
import { NetworkMark } from '@/ui/network-mark';
import { RadioGroup } from '@/ui/radio-group';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { Textarea } from '@/ui/textarea';
import { FEED_LIMITS, FEED_MODES, FEED_WRITERS } from '../schema';
import { type FeedSettings, intervalChoices } from './feed-settings';

interface FeedFieldsProps {
  settings: FeedSettings;
  onChange: (change: Partial<FeedSettings>) => void;
  /** What the server said about one field. */
  fault: (field: string) => string | undefined;
}

/** Where it goes, what it says, when it goes out, how often we look. */
export function FeedFields({ settings, onChange, fault }: FeedFieldsProps) {
  const t = useTranslations('feeds');
  const { permissions } = useSession();
  const choices = intervalChoices(settings.intervalMinutes);
  return (
    <div className="grid gap-5">
      <Channels chosen={settings.connectionIds} onChange={(connectionIds) => onChange({ connectionIds })} />
      {fault('connectionIds') && <FormError>{fault('connectionIds')}</FormError>}
      <RadioGroup
        label={t('mode')}
        value={settings.mode}
        onValueChange={(mode) => onChange({ mode })}
        options={FEED_MODES.map((mode) => ({
          value: mode,
          label: t(`modes.${mode}`),
          description: t(`modeHints.${mode}`),
          disabled: mode !== 'draft' && !permissions.includes('content.publish'),
        }))}
      />
      <RadioGroup
        label={t('writer')}
        value={settings.writer}
        onValueChange={(writer) => onChange({ writer })}
        options={FEED_WRITERS.map((writer) => ({
          value: writer,
          label: t(`writers.${writer}`),
          description: t(`writerHints.${writer}`),
          disabled: writer === 'ai' && !permissions.includes('ai.use'),
        }))}
      />
      {settings.writer === 'ai' && (
        <Field label={t('instruction')} hint={t('instructionHint')} error={fault('instruction')}>
          <Textarea
            rows={2}
            value={settings.instruction}
            maxLength={FEED_LIMITS.instructionMax}
            onChange={(event) => onChange({ instruction: event.target.value })}
          />
        </Field>
      )}
      <Field
        label={settings.writer === 'ai' ? t('fallback') : t('template')}
        hint={t('templateHint')}
        error={fault('template')}
        required
      >
        <Textarea
          rows={4}
          value={settings.template}
          maxLength={FEED_LIMITS.templateMax}
          onChange={(event) => onChange({ template: event.target.value })}
        />
      </Field>
      <Field label={t('interval')} error={fault('intervalMinutes')}>
        <Select
          className="max-w-60"
          value={`${settings.intervalMinutes}`}
          onValueChange={(minutes) => onChange({ intervalMinutes: Number(minutes) })}
          options={choices.map((minutes) => ({
            value: `${minutes}`,
            label:
              minutes % 60 === 0 ? t('hours', { count: minutes / 60 }) : t('minutes', { count: minutes }),
          }))}
        />
      </Field>
    </div>
  );
}

function Channels({ chosen, onChange }: { chosen: readonly string[]; onChange: (ids: string[]) => void }) {
  const t = useTranslations('feeds');
  const { organization } = useSession();
  const live = useChannels(organization.id);
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t('channels')}</legend>
      {live.status === 'error' && <ErrorState error={live.error} onRetry={live.retry} compact />}
      {live.status === 'loading' && <Skeleton className="h-16" />}
      {(live.status === 'live' || live.status === 'offline') && live.channels.length === 0 && (
        <p className="flex flex-wrap items-center gap-3 text-sm text-muted">
          {t('noChannels')} <LinkButton href="/channels">{t('toChannels')}</LinkButton>
        </p>
      )}
      <div className="grid max-h-48 grid-cols-1 gap-2 overflow-y-auto p-1 sm:grid-cols-2">
        {live.channels.map((channel) => (
          <Checkbox
            key={channel.id}
            checked={chosen.includes(channel.id)}
            onCheckedChange={(on) =>
              onChange(on ? [...chosen, channel.id] : chosen.filter((id) => id !== channel.id))
            }
          >
            <span className="flex min-w-0 items-center gap-2">
              <NetworkMark platform={channel.platform} />
              <span className="truncate">{channel.displayName}</span>
              {channel.sandbox && <SandboxTag />}
            </span>
          </Checkbox>
        ))}
      </div>
    </fieldset>
  );
}
