'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Checkbox } from '@/ui/checkbox';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import type { CredentialView } from '../../credentials/schema';

/** How old a key may grow, when people hear of it, and whether it may be used after that. */
export function PolicyForm({
  path,
  credential,
  onSaved,
}: {
  path: `/api/integrations/${string}`;
  credential: CredentialView;
  onSaved: (saved: CredentialView) => void;
}) {
  const t = useTranslations('operations.credential');
  const policy = credential.rotationPolicy;
  const [maxAge, setMaxAge] = useState(String(policy.maxAgeDays));
  const [warn, setWarn] = useState(String(policy.warnDays));
  const [block, setBlock] = useState(policy.block);
  const { busy, error, attempt } = useAttempt();
  const fault = (name: string) => (error instanceof ApiProblem ? error.fault(`body.${name}`) : undefined);
  const named = fault('maxAgeDays') ?? fault('warnDays');
  const save = async (event: FormEvent) => {
    event.preventDefault();
    await attempt(async () => {
      const body = { maxAgeDays: Number(maxAge), warnDays: Number(warn), block };
      onSaved(await api<CredentialView>('PUT', path, { body }));
      toast.success(t('saved'));
    });
  };
  const days = (value: string, min: number, onChange: (value: string) => void) => (
    <Input
      type="number"
      inputMode="numeric"
      min={min}
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
  return (
    <Card title={t('policy')} description={t(credential.refreshable ? 'policyByItself' : 'policyBody')}>
      <form onSubmit={save} noValidate className="grid gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t('maxAge')} hint={t('maxAgeHint')} error={fault('maxAgeDays')}>
            {days(maxAge, 1, setMaxAge)}
          </Field>
          <Field label={t('warn')} hint={t('warnHint')} error={fault('warnDays')}>
            {days(warn, 0, setWarn)}
          </Field>
        </div>
        <Checkbox
          checked={block}
          onCheckedChange={setBlock}
          label={t('block')}
          description={t('blockHint')}
        />
        <Button type="submit" variant="primary" className="justify-self-start" loading={busy}>
          {t('save')}
        </Button>
        {error !== null && !named && <ErrorState compact error={error} />}
      </form>
    </Card>
  );
}
