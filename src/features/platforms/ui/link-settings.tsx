'use client';
import { useTranslations } from 'next-intl';
import { useClientConfig } from '@/client/config';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import type { Connection, SettingsPatch } from '../schema';

const UTM = ['source', 'medium', 'campaign'] as const;

/** What the form says about links. */
export function linksOfForm(text: (name: string) => string): NonNullable<SettingsPatch['links']> {
  const utm = Object.fromEntries(
    UTM.flatMap((name) => (text(`utm_${name}`) ? [[name, text(`utm_${name}`)]] : [])),
  );
  return {
    shortener: text('shortener') as NonNullable<SettingsPatch['links']>['shortener'],
    ...(Object.keys(utm).length > 0 ? { utm } : {}),
  };
}

/** Campaign parameters and short links of one channel. */
export function LinkSettings(props: { channel: Connection; fault: (field: string) => string | undefined }) {
  const { channel, fault } = props;
  const t = useTranslations('platforms.settings');
  const { bitly } = useClientConfig();
  const { shortener = 'off', utm = {} } = channel.settings.links ?? {};
  return (
    <fieldset className="grid gap-4 rounded-lg border border-line p-3">
      <legend className="px-1 text-sm font-semibold">{t('links')}</legend>
      <p className="text-xs text-muted">{t('linksHint')}</p>
      {UTM.map((name) => (
        <Field key={name} label={t(`utm_${name}`)} error={fault(`links.utm.${name}`)}>
          <Input
            name={`utm_${name}`}
            maxLength={100}
            placeholder={t(`utm_${name}_example`)}
            defaultValue={utm[name] ?? ''}
          />
        </Field>
      ))}
      <Field label={t('shortener')} hint={t('shortenerHint')} error={fault('links.shortener')}>
        <Select
          name="shortener"
          defaultValue={shortener}
          options={[
            { value: 'off', label: t('shortenerOff') },
            { value: 'built_in', label: t('shortenerOwn') },
            ...(bitly || shortener === 'bitly' ? [{ value: 'bitly', label: 'Bitly' }] : []),
          ]}
        />
      </Field>
    </fieldset>
  );
}
