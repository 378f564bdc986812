'use client';

import { useTranslations } from 'next-intl';
import { type FormEvent, useId } from 'react';
import { ApiProblem, api } from '@/client/api';
import type { AccountView, Connection, SettingsPatch } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Sheet } from '@/ui/sheet';
import { Textarea } from '@/ui/textarea';
import { useAttempt } from '@/ui/use-attempt';
import { ApprovalExempt, exemptFrom } from './approval-exempt';
import { LinkSettings, linksOfForm } from './link-settings';

function patchOf(fields: FormData, channel: Connection): SettingsPatch {
  const text = (name: string) => String(fields.get(name) ?? '').trim();
  const language = text('defaultLanguage');
  return {
    signature: text('signature'),
    links: linksOfForm(text),
    ...(language ? { defaultLanguage: language } : {}),
    requiresApproval: fields.has('requiresApproval'),
    approvalExempt: exemptFrom(fields, channel),
    automaticResend: fields.has('automaticResend'),
    concurrentCommits: Number(fields.get('concurrentCommits')),
    ...(channel.platform === 'x' ? { longPosts: fields.has('longPosts') } : {}),
    ...(channel.sandbox
      ? { sandboxReconcile: text('sandboxReconcile') as NonNullable<SettingsPatch['sandboxReconcile']> }
      : {}),
  };
}

export type SettingsSheetProps = {
  channel: Connection | null;
  onClose: () => void;
  onSaved: () => void;
};

/** What holds for every post of one channel. */
export function SettingsSheet({ channel, onClose, onSaved }: SettingsSheetProps) {
  const t = useTranslations('platforms.settings');
  const common = useTranslations('common');
  const formId = useId();
  const { busy, error, attempt } = useAttempt();

  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!channel) return;
    await attempt(async () => {
      const body = patchOf(new FormData(event.currentTarget), channel);
      await api<AccountView>('PATCH', `/api/accounts/${channel.id}`, { body });
      onSaved();
      onClose();
    });
  };
  return (
    <Sheet
      open={channel !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t('title', { name: channel?.displayName ?? '' })}
      description={t('description')}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" loading={busy}>
            {common('save')}
          </Button>
        </>
      }
    >
      {channel && (
        <form id={formId} onSubmit={save} className="grid gap-5" noValidate>
          {error !== null && <ErrorState compact error={error} />}
          <SettingsFields channel={channel} fault={faultsOf(error)} />
        </form>
      )}
    </Sheet>
  );
}

function faultsOf(error: unknown): (field: string) => string | undefined {
  return (field) => (error instanceof ApiProblem ? error.fault(`body.${field}`) : undefined);
}

function SettingsFields({
  channel,
  fault,
}: {
  channel: Connection;
  fault: (field: string) => string | undefined;
}) {
  const t = useTranslations('platforms.settings');
  const { settings } = channel;
  return (
    <>
      <Field label={t('signature')} hint={t('signatureHint')} error={fault('signature')}>
        <Textarea name="signature" rows={2} maxLength={500} defaultValue={settings.signature ?? ''} />
      </Field>
      <LinkSettings channel={channel} fault={fault} />
      <Field label={t('language')} hint={t('languageHint')} error={fault('defaultLanguage')}>
        <Input name="defaultLanguage" defaultValue={settings.defaultLanguage ?? ''} />
      </Field>
      <Field label={t('concurrency')} error={fault('concurrentCommits')}>
        <Input
          name="concurrentCommits"
          type="number"
          min={1}
          max={10}
          defaultValue={settings.concurrentCommits}
        />
      </Field>
      <Checkbox
        name="requiresApproval"
        label={t('approval')}
        description={t('approvalHint')}
        defaultChecked={settings.requiresApproval}
      />
      <ApprovalExempt channel={channel} />
      <Checkbox
        name="automaticResend"
        label={t('resend')}
        description={t('resendHint')}
        defaultChecked={settings.automaticResend}
      />
      {channel.platform === 'x' && (
        <Checkbox
          name="longPosts"
          label={t('longPosts')}
          description={t('longPostsHint')}
          defaultChecked={settings.longPosts}
        />
      )}
      {channel.sandbox && (
        <Field label={t('reconcile')} error={fault('sandboxReconcile')}>
          <Select
            name="sandboxReconcile"
            defaultValue={settings.sandboxReconcile ?? 'exact'}
            options={[
              { value: 'exact', label: t('reconcileExact') },
              { value: 'eventual', label: t('reconcileEventual') },
              { value: 'none', label: t('reconcileNone') },
            ]}
          />
        </Field>
      )}
    </>
  );
}
