'use client';
import { useLocale, useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { FormError } from '@/ui/form-error';
import { Input } from '@/ui/input';
import { RadioGroup } from '@/ui/radio-group';
import { useAttempt } from '@/ui/use-attempt';
import type { ChannelKind, ChannelView } from '../../channels/schema';
import type { Channel } from './channel';
import { bodyOf, type ChannelDraft, draftOf } from './channel-draft';
import { ChannelTiming } from './channel-timing';
import { EventRules } from './event-rules';

interface ChannelDialogProps {
  /** Null for a new one. */
  channel: Channel | null;
  onClose: () => void;
}

const KINDS: readonly ChannelKind[] = ['slack_webhook', 'slack_bot', 'teams'];
const KNOWN_FAULTS = ['body.name', 'body.target.url', 'body.target.token', 'body.target.channel'];

/** Where a channel leads, what it hears of, and when. Its address or token goes in and never comes out again. */
export function ChannelDialog({ channel, onClose }: ChannelDialogProps) {
  const t = useTranslations('notify');
  const locale = useLocale();
  const { user } = useSession();
  const [draft, setDraft] = useState(() => draftOf(channel, { timezone: user.timezone, locale }));
  const { busy, error, attempt } = useAttempt();
  const fault = (path: string) => (error instanceof ApiProblem ? error.fault(`body.${path}`) : undefined);
  const change = (part: Partial<ChannelDraft>) => setDraft((known) => ({ ...known, ...part }));

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const body = bodyOf(draft, channel === null);
    await attempt(async () => {
      if (channel) await api<ChannelView>('PATCH', `/api/notifications/channels/${channel.id}`, { body });
      else await api<ChannelView>('POST', '/api/notifications/channels', { body });
      onClose();
    });
  };
  const shownAtField =
    error instanceof ApiProblem && error.errors.some(({ path }) => KNOWN_FAULTS.includes(path));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={channel ? t('editTitle') : t('createTitle')}
      footer={
        <Button variant="primary" type="submit" form="channel-form" loading={busy}>
          {channel ? t('save') : t('create')}
        </Button>
      }
    >
      <form id="channel-form" onSubmit={save} className="grid gap-5">
        <Field label={t('name')} required hint={t('nameHint')} error={fault('name')}>
          <Input
            value={draft.name}
            maxLength={80}
            onChange={(event) => change({ name: event.target.value })}
          />
        </Field>
        {channel === null && (
          <RadioGroup
            label={t('kind')}
            value={draft.kind}
            onValueChange={(kind) => change({ kind })}
            options={KINDS.map((kind) => ({
              value: kind,
              label: t(`kinds.${kind}`),
              description: t(`kindHints.${kind}`),
            }))}
          />
        )}
        <SecretFields draft={draft} hint={channel?.hint ?? null} change={change} fault={fault} />
        <EventRules rules={draft.rules} onChange={(rules) => change({ rules })} />
        {fault('rules') && <FormError>{fault('rules')}</FormError>}
        <ChannelTiming draft={draft} change={change} />
        {error !== null && !shownAtField && !fault('rules') && <ErrorState error={error} compact />}
      </form>
    </Dialog>
  );
}

interface SecretFieldsProps {
  draft: ChannelDraft;
  /** The end of the secret that is there already. */
  hint: string | null;
  change: (part: Partial<ChannelDraft>) => void;
  fault: (path: string) => string | undefined;
}

function SecretFields({ draft, hint, change, fault }: SecretFieldsProps) {
  const t = useTranslations('notify');
  const kept = hint === null ? null : t('keepSecret', { hint });
  if (draft.kind !== 'slack_bot')
    return (
      <Field
        label={t('url')}
        required={hint === null}
        hint={kept ?? t(`urlHints.${draft.kind}`)}
        error={fault('target.url')}
      >
        <Input
          type="url"
          value={draft.url}
          placeholder="https://"
          autoComplete="off"
          onChange={(event) => change({ url: event.target.value })}
        />
      </Field>
    );
  return (
    <>
      <Field
        label={t('token')}
        required={hint === null}
        hint={kept ?? t('tokenHint')}
        error={fault('target.token')}
      >
        <Input
          type="password"
          value={draft.token}
          autoComplete="off"
          onChange={(event) => change({ token: event.target.value })}
        />
      </Field>
      {(hint === null || draft.token !== '') && (
        <Field
          label={t('slackChannel')}
          required
          hint={t('slackChannelHint')}
          error={fault('target.channel')}
        >
          <Input
            value={draft.slackChannel}
            maxLength={81}
            onChange={(event) => change({ slackChannel: event.target.value })}
          />
        </Field>
      )}
    </>
  );
}
