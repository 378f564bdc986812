'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { FormError } from '@/ui/form-error';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { useAttempt } from '@/ui/use-attempt';
import { type CreatedApiKeyView, DRAFT_SCOPES } from '../schema';
import { OneTimeSecret } from './one-time-secret';

const DAYS = ['30', '90', '365', 'never'] as const;

interface ApiKeyDialogProps {
  path: `/api/${string}`;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onCreated: () => unknown;
}

/** Makes a key and shows it, which only this moment can. */
export function ApiKeyDialog({ path, open, onOpenChange, onCreated }: ApiKeyDialogProps) {
  const t = useTranslations('organization.apiKeys');
  const { permissions } = useSession();
  const [name, setName] = useState('');
  const [days, setDays] = useState<string>('90');
  const [scopes, setScopes] = useState<readonly string[]>(DRAFT_SCOPES);
  const [made, setMade] = useState<CreatedApiKeyView | null>(null);
  const { busy, error, attempt, clear } = useAttempt();
  const fault = (field: string) => (error instanceof ApiProblem ? error.fault(`body.${field}`) : undefined);

  const close = (next: boolean) => {
    onOpenChange(next);
    if (next) return;
    setMade(null);
    clear();
    setName('');
    setScopes(DRAFT_SCOPES);
  };
  const create = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      const expiresInDays = days === 'never' ? null : Number(days);
      setMade(await api<CreatedApiKeyView>('POST', path, { body: { name, scopes, expiresInDays } }));
      await onCreated();
    });
  };
  const footer = made ? (
    <Button variant="primary" onClick={() => close(false)}>
      {t('done')}
    </Button>
  ) : (
    <Button variant="primary" type="submit" form="api-key-form" loading={busy}>
      {t('create')}
    </Button>
  );
  return (
    <Dialog open={open} onOpenChange={close} title={t('createTitle')} footer={footer}>
      {made ? (
        <OneTimeSecret value={made.key} label={t('key')}>
          {t('keyBody')}
        </OneTimeSecret>
      ) : (
        <form id="api-key-form" onSubmit={create} className="grid gap-4">
          <Field label={t('name')} required hint={t('nameHint')} error={fault('name')}>
            <Input value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
          </Field>
          <Field label={t('expires')}>
            <Select
              value={days}
              onValueChange={setDays}
              options={DAYS.map((value) => ({ value, label: t(`days.${value}`) }))}
            />
          </Field>
          <ScopeChoice permissions={permissions} chosen={scopes} onChange={setScopes} />
          {fault('scopes') && <FormError>{fault('scopes')}</FormError>}
          {error !== null && !fault('name') && !fault('scopes') && <ErrorState error={error} compact />}
        </form>
      )}
    </Dialog>
  );
}

function ScopeChoice(props: {
  permissions: readonly string[];
  chosen: readonly string[];
  onChange: (scopes: string[]) => void;
}) {
  const t = useTranslations('organization.apiKeys');
  const { permissions, chosen, onChange } = props;
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t('scopes')}</legend>
      <p className="text-xs text-muted">{t('scopesHint')}</p>
      <div className="grid max-h-60 grid-cols-1 gap-2 overflow-y-auto sm:grid-cols-2">
        {permissions.map((permission) => (
          <Checkbox
            key={permission}
            checked={chosen.includes(permission)}
            onCheckedChange={(on) =>
              onChange(on ? [...chosen, permission] : chosen.filter((one) => one !== permission))
            }
          >
            <code className="font-mono text-xs">{permission}</code>
          </Checkbox>
        ))}
      </div>
    </fieldset>
  );
}
