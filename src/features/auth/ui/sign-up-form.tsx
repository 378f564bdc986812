'use client';
import { zodResolver } from '@hookform/resolvers/zod';
import { useLocale, useTranslations } from 'next-intl';
import { useForm } from 'react-hook-form';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { leaveFor, useAttempt } from '@/ui/use-attempt';
import { registerBody } from '../schema';
import { signInWithPassword, surroundings } from './browser-sign-in';
import { Failure } from './failure';
import { GoogleButton } from './google-button';

const formSchema = registerBody.pick({ displayName: true, email: true, password: true });

/** Name, address, password: nothing else is asked before somebody has seen the product. */
export function SignUpForm({ next, email = '' }: { next: string; email?: string }) {
  const t = useTranslations('auth');
  const locale = useLocale();
  const { busy, error, attempt } = useAttempt();
  // No default values: what was typed before the page came alive stays.
  const form = useForm({ resolver: zodResolver(formSchema) });
  const { errors } = form.formState;
  const taken = error instanceof ApiProblem && error.status === 409;

  const signUp = form.handleSubmit((given) =>
    attempt(async () => {
      await api('POST', '/api/auth/register', { body: { ...given, ...surroundings(locale) } });
      await signInWithPassword(given.email, given.password, locale);
      await leaveFor(next);
    }),
  );

  return (
    <form method="post" onSubmit={signUp} noValidate className="grid gap-4">
      <Field label={t('name')} error={errors.displayName && t('invalid.name')}>
        <Input required autoComplete="name" {...form.register('displayName')} />
      </Field>
      <Field
        label={t('email')}
        error={errors.email ? t('invalid.email') : taken ? t('invalid.taken') : undefined}
      >
        <Input
          required
          type="email"
          autoComplete="username"
          defaultValue={email}
          {...form.register('email')}
        />
      </Field>
      <Field label={t('password')} hint={t('passwordHint')} error={errors.password && t('invalid.password')}>
        <Input required type="password" autoComplete="new-password" {...form.register('password')} />
      </Field>
      {!taken && <Failure error={error} />}
      <Button type="submit" variant="primary" loading={busy}>
        {t('signUp')}
      </Button>
      <GoogleButton next={next} />
    </form>
  );
}
