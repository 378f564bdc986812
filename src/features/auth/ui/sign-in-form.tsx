'use client';
import { zodResolver } from '@hookform/resolvers/zod';
import { LogIn, Mail } from 'lucide-react';
import Link from 'next/link';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { z } from 'zod';
import { api } from '@/client/api';
import { emailSchema } from '@/features/organizations/schema';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { leaveFor, useAttempt } from '@/ui/use-attempt';
import type { MailView } from '../schema';
import { rememberLinkEmail, signInWithPassword } from './browser-sign-in';
import { Failure } from './failure';
import { GoogleButton } from './google-button';
import { MailOutcome } from './mail-outcome';

const formSchema = z.object({ email: emailSchema, password: z.string().min(1) });

/** Address and password, a mailed link, or Google. */
export function SignInForm({ next, email = '' }: { next: string; email?: string }) {
  const t = useTranslations('auth');
  const locale = useLocale();
  const { busy, error, attempt } = useAttempt();
  const [mail, setMail] = useState<MailView | null>(null);
  // No default values: what was typed before the page came alive stays.
  const form = useForm({ resolver: zodResolver(formSchema) });
  const { errors } = form.formState;

  const signIn = form.handleSubmit(({ email, password }) =>
    attempt(async () => {
      await signInWithPassword(email, password, locale);
      await leaveFor(next);
    }),
  );
  const mailLink = () =>
    attempt(async () => {
      if (!(await form.trigger('email'))) return;
      const address = form.getValues('email').trim().toLowerCase();
      setMail(await api<MailView>('POST', '/api/auth/magic-link', { body: { email: address, next } }));
      rememberLinkEmail(address);
    });

  return (
    <form method="post" onSubmit={signIn} noValidate className="grid gap-4">
      <Field label={t('email')} error={errors.email && t('invalid.email')}>
        <Input
          required
          type="email"
          autoComplete="username"
          defaultValue={email}
          {...form.register('email')}
        />
      </Field>
      <Field
        label={t('password')}
        error={errors.password && t('invalid.passwordMissing')}
        aside={
          <Link href="/reset-password" className="text-iris-text hover:underline">
            {t('forgot')}
          </Link>
        }
      >
        <Input required type="password" autoComplete="current-password" {...form.register('password')} />
      </Field>
      <Failure error={error} />
      <Button type="submit" variant="primary" loading={busy} icon={LogIn}>
        {t('signIn')}
      </Button>
      <Button icon={Mail} onClick={mailLink} disabled={busy}>
        {t('mailLink')}
      </Button>
      <GoogleButton next={next} />
      {mail && <MailOutcome mail={mail} />}
    </form>
  );
}
