'use client';
import { zodResolver } from '@hookform/resolvers/zod';
import { CircleCheck } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useForm } from 'react-hook-form';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { LinkButton } from '@/ui/link-button';
import { Spinner } from '@/ui/spinner';
import { leaveFor, useAttempt } from '@/ui/use-attempt';
import { emailBody, newPasswordBody } from '../schema';
import { rememberedLinkEmail, signInWithLink } from './browser-sign-in';
import { Failure } from './failure';

interface ActionProps {
  code: string;
  next: string;
}

function Done({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div role="status" className="grid justify-items-start gap-4">
      <p className="flex items-center gap-2">
        <CircleCheck size={20} aria-hidden="true" className="text-ok" />
        {text}
      </p>
      {children}
    </div>
  );
}

/** The mailed link that confirms an address. Opening it is the confirmation; it works once. */
export function VerifyEmail({ code, next }: ActionProps) {
  const t = useTranslations('auth.action');
  const { error, attempt } = useAttempt();
  const [done, setDone] = useState(false);
  const started = useRef(false);
  useEffect(() => {
    // Strict mode mounts twice; the code works once.
    if (started.current) return;
    started.current = true;
    void attempt(async () => {
      await api('POST', '/api/auth/verify-email/confirm', { body: { code } });
      setDone(true);
    });
  }, [attempt, code]);
  if (error) return <Failure error={error} />;
  if (!done) {
    return (
      <p role="status" className="flex items-center gap-2 text-muted">
        <Spinner /> {t('working')}
      </p>
    );
  }
  return (
    <Done text={t('verified')}>
      <LinkButton href={next} variant="primary">
        {t('continue')}
      </LinkButton>
    </Done>
  );
}

/** The mailed link that leads to a new password. */
export function NewPassword({ code }: Pick<ActionProps, 'code'>) {
  const t = useTranslations('auth');
  const { busy, error, attempt } = useAttempt();
  const [done, setDone] = useState(false);
  const form = useForm({
    resolver: zodResolver(newPasswordBody),
    defaultValues: { code, password: '' },
  });
  const save = form.handleSubmit((body) =>
    attempt(async () => {
      await api('POST', '/api/auth/password-reset/confirm', { body });
      setDone(true);
    }),
  );
  if (done) {
    return (
      <Done text={t('action.passwordChanged')}>
        <LinkButton href="/sign-in" variant="primary">
          {t('signIn')}
        </LinkButton>
      </Done>
    );
  }
  return (
    <form method="post" onSubmit={save} noValidate className="grid gap-4">
      <Field
        label={t('newPassword')}
        hint={t('passwordHint')}
        error={form.formState.errors.password && t('invalid.password')}
      >
        <Input required type="password" autoComplete="new-password" {...form.register('password')} />
      </Field>
      <Failure error={error} />
      <Button type="submit" variant="primary" loading={busy}>
        {t('action.savePassword')}
      </Button>
    </form>
  );
}

/** The mailed link that signs in. Opened on another device, it asks for the address once more. */
export function LinkSignIn({ next, email }: { next: string; email: string }) {
  const t = useTranslations('auth');
  const locale = useLocale();
  const { busy, error, attempt } = useAttempt();
  const form = useForm({ resolver: zodResolver(emailBody.pick({ email: true })) });
  const { setValue } = form;
  useEffect(() => {
    const remembered = rememberedLinkEmail();
    if (!email && remembered) setValue('email', remembered);
  }, [email, setValue]);
  const signIn = form.handleSubmit((given) =>
    attempt(async () => {
      await signInWithLink(given.email, window.location.href, locale);
      await leaveFor(next);
    }),
  );
  return (
    <form method="post" onSubmit={signIn} noValidate className="grid gap-4">
      <Field
        label={t('email')}
        hint={t('action.linkEmailHint')}
        error={form.formState.errors.email && t('invalid.email')}
      >
        <Input
          required
          type="email"
          autoComplete="username"
          defaultValue={email}
          {...form.register('email')}
        />
      </Field>
      <Failure error={error} />
      <Button type="submit" variant="primary" loading={busy}>
        {t('signIn')}
      </Button>
    </form>
  );
}
