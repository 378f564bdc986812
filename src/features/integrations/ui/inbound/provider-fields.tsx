'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Checkbox } from '@/ui/checkbox';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import { INBOUND_PROVIDERS, type InboundProvider } from '../../inbound/providers.data';

interface ProviderFieldsProps {
  providerId: InboundProvider;
  /** Of a GitHub connection; null for others. */
  repositories: readonly string[] | null;
  fault: (path: string) => string | undefined;
}

/** What one sender's check needs beside the address. */
export function ProviderFields({ providerId, repositories, fault }: ProviderFieldsProps) {
  const t = useTranslations('inbound');
  const [resource, setResource] = useState(repositories?.[0] ?? '');
  const { needs } = INBOUND_PROVIDERS[providerId];
  const needed = (name: 'channelId' | 'serviceAccountEmail' | 'vendorOrganizationId' | 'allowedIps') =>
    (needs as readonly string[]).includes(name);
  return (
    <>
      {providerId === 'github' && repositories !== null && (
        <Field
          label={t('resource')}
          hint={t(repositories.length > 0 ? 'resourceHint' : 'resourceNone')}
          error={fault('resource')}
        >
          <Select
            name="resource"
            value={resource}
            onValueChange={setResource}
            options={[
              ...repositories.map((value) => ({ value, label: value })),
              { value: '', label: t('byHand') },
            ]}
          />
        </Field>
      )}
      {resource === '' && <SecretField providerId={providerId} error={fault('secret')} />}
      {needed('channelId') && <ChannelId error={fault('settings.channelId')} />}
      {needed('serviceAccountEmail') && (
        <Field label={t('serviceAccount')} required error={fault('settings.serviceAccountEmail')}>
          <Input name="serviceAccountEmail" type="email" placeholder="push@project.iam.gserviceaccount.com" />
        </Field>
      )}
      {needed('serviceAccountEmail') && (
        <Field label={t('audience')} hint={t('audienceHint')} error={fault('settings.audience')}>
          <Input name="audience" spellCheck={false} />
        </Field>
      )}
      {needed('vendorOrganizationId') && (
        <Field
          label={t('organizationId')}
          hint={t('organizationIdHint')}
          required
          error={fault('settings.vendorOrganizationId')}
        >
          <Input name="vendorOrganizationId" maxLength={18} spellCheck={false} />
        </Field>
      )}
      {needed('allowedIps') && (
        <Field
          label={t('allowedIps')}
          hint={t('allowedIpsHint')}
          required
          error={fault('settings.allowedIps')}
        >
          <Textarea name="allowedIps" rows={3} spellCheck={false} className="font-mono text-xs" />
        </Field>
      )}
      {providerId === 'hubspot' && <Checkbox name="allowLegacySignatures">{t('legacy')}</Checkbox>}
    </>
  );
}

/** Google is told this id with the request that opens the channel. */
function ChannelId({ error }: { error: string | undefined }) {
  const t = useTranslations('inbound');
  const [value, setValue] = useState(() => crypto.randomUUID());
  return (
    <Field label={t('channelId')} hint={t('channelIdHint')} required error={error}>
      <Input
        name="channelId"
        maxLength={64}
        spellCheck={false}
        className="font-mono text-xs"
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
    </Field>
  );
}

/** A secret that a person brings along; absent where none is shared, or it is known later. */
export function SecretField({
  providerId,
  error,
  required = INBOUND_PROVIDERS[providerId].secret === 'vendor',
}: {
  providerId: InboundProvider;
  error: string | undefined;
  required?: boolean;
}) {
  const t = useTranslations('inbound');
  const { secret } = INBOUND_PROVIDERS[providerId];
  if (secret === 'handshake' || secret === 'none' || secret === 'ours') return null;
  if (secret === 'after' && !required) return <p className="text-sm text-muted">{t('secretAfter')}</p>;
  return (
    <Field
      label={t('vendorSecret')}
      hint={t(`secretHint.${providerId as 'github'}`)}
      required={required}
      error={error}
    >
      <Input name="secret" type="password" autoComplete="off" spellCheck={false} />
    </Field>
  );
}
