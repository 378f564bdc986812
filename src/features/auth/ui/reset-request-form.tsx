'use client';
import { zodResolver } from '@hookform/resolvers/zod';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { useAttempt } from '@/ui/use-attempt';
import { emailBody, type MailView } from '../schema';
import { Failure } from './failure';
import { MailOutcome } from './mail-outcome';

const formSchema = emailBody.pick({ email: true });

/** Asks for the mail that leads to a new password. */
export function ResetRequestForm() {
  const t = useTranslations('auth');
  const { busy, error, attempt } = useAttempt();
  const [mail, setMail] = useState<MailView | null>(null);
  const form = useForm({ resolver: zodResolver(formSchema) });
  const send = form.handleSubmit((body) =>
    attempt(async () => setMail(await api<MailView>('POST', '/api/auth/password-reset', { body }))),
  );
  return (
    <form method="post" onSubmit={send} noValidate className="grid gap-4">
      <Field label={t('email')} error={form.formState.errors.email && t('invalid.email')}>
        <Input required type="email" autoComplete="username" {...form.register('email')} />
      </Field>
      <Failure error={error} />
      <Button type="submit" variant="primary" loading={busy}>
        {t('reset.send')}
      </Button>
      {mail && <MailOutcome mail={mail} />}
    </form>
  );
}
