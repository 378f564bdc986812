'use client';
import { useTranslations } from 'next-intl';
import type { FormEvent } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Textarea } from '@/ui/textarea';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { SETTING_FIELDS, type SettingField } from '../connections/settings';
import type { Connection } from './connection';

/** What is read of an account, for vendors where people choose it. */
export function SettingsCard({ connection, manage }: { connection: Connection; manage: boolean }) {
  const fields = SETTING_FIELDS[connection.type];
  if (!fields) return null;
  return manage ? (
    <SettingsForm connection={connection} fields={fields} />
  ) : (
    <SettingsList connection={connection} fields={fields} />
  );
}

interface Shown {
  connection: Connection;
  fields: readonly SettingField[];
}

function SettingsForm({ connection, fields }: Shown) {
  const t = useTranslations('integrations.settings');
  const { busy, error, attempt } = useAttempt();
  const faults = fields.map(({ name }) => faultOf(error, name));

  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const settings = Object.fromEntries(fields.map((field) => [field.name, readField(form, field)]));
    await attempt(async () => {
      await api('PATCH', `/api/integrations/${connection.id}`, { body: { settings } });
      toast.success(t('saved'));
    });
  };
  return (
    <Card title={t('title')} description={t('description')}>
      <form onSubmit={save} className="grid max-w-2xl gap-4" noValidate>
        {!chosen(connection, fields) && <p role="status">{t('missing')}</p>}
        {fields.map(({ name, form, required }, at) => {
          const shared = { name, spellCheck: false, defaultValue: textOf(connection.settings[name]) };
          return (
            <Field
              key={name}
              label={t(`${connection.type}.${name}.label`)}
              hint={t(`${connection.type}.${name}.hint`)}
              error={faults[at]}
              required={required}
            >
              {form === 'lines' ? (
                <Textarea rows={4} className="font-mono" {...shared} />
              ) : (
                <Input autoComplete="off" {...shared} />
              )}
            </Field>
          );
        })}
        <Button type="submit" variant="primary" className="justify-self-start" loading={busy}>
          {t('save')}
        </Button>
        {error !== null && faults.every((fault) => !fault) && <ErrorState compact error={error} />}
      </form>
    </Card>
  );
}

function SettingsList({ connection, fields }: Shown) {
  const t = useTranslations('integrations.settings');
  return (
    <Card title={t('title')}>
      <dl className="grid gap-3">
        {fields.map(({ name }) => (
          <div key={name} className="min-w-0">
            <dt className="text-sm text-muted">{t(`${connection.type}.${name}.label`)}</dt>
            <dd className="break-words whitespace-pre-line">
              {textOf(connection.settings[name]) || t('none')}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function readField(form: FormData, { name, form: kind }: SettingField): string | string[] {
  const text = String(form.get(name) ?? '').trim();
  if (kind === 'text') return text;
  return text.split(/[\s,]+/).filter((line) => line !== '');
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join('\n');
  return typeof value === 'string' ? value : '';
}

function chosen({ settings }: Connection, fields: readonly SettingField[]): boolean {
  return fields.every(({ name, required }) => !required || textOf(settings[name]) !== '');
}

/** Of a field, or of one of its lines. */
function faultOf(error: unknown, name: string): string | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  const at = `body.settings.${name}`;
  return error.errors.find(({ path }) => path === at || path.startsWith(`${at}.`))?.message;
}
