'use client';
import { zodResolver } from '@hookform/resolvers/zod';
import { useLocale, useTranslations } from 'next-intl';
import { useForm } from 'react-hook-form';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { registerBody } from '../schema';
import { signInWithPassword, surroundings } from './browser-sign-in';
import { Failure } from './failure';
import { GoogleButton } from './google-button';
import { useAttempt } from './use-attempt';

const formSchema = registerBody.pick({ displayName: true, email: true, password: true });

/** Name, address, password: nothing else is asked before somebody has seen the product. */
export function SignUpForm({ next, email = '' }: { next: string; email?: string }) {
  const t = useTranslations('auth');
  const locale = useLocale();
  const { busy, error, attempt } = useAttempt();
  const form = useForm({
    resolver: zodResolver(formSchema),
    defaultValues: { displayName: '', email, password: '' },
  });
  const { errors } = form.formState;
  const taken = error instanceof ApiProblem && error.status === 409;

  const signUp = form.handleSubmit((given) =>
    attempt(async () => {
      await api('POST', '/api/auth/register', { body: { ...given, ...surroundings(locale) } });
      await signInWithPassword(given.email, given.password, locale);
      window.location.assign(next);
    }),
  );

  return (
    <form onSubmit={signUp} noValidate className="grid gap-4">
      <Field label={t('name')} required error={errors.displayName && t('invalid.name')}>
        <Input autoComplete="name" {...form.register('displayName')} />
      </Field>
      <Field
        label={t('email')}
        required
        error={errors.email ? t('invalid.email') : taken ? t('invalid.taken') : undefined}
      >
        <Input type="email" autoComplete="username" {...form.register('email')} />
      </Field>
      <Field
        label={t('password')}
        required
        hint={t('passwordHint')}
        error={errors.password && t('invalid.password')}
      >
        <Input type="password" autoComplete="new-password" {...form.register('password')} />
      </Field>
      {!taken && <Failure error={error} />}
      <Button type="submit" variant="primary" loading={busy}>
        {t('signUp')}
      </Button>
      <GoogleButton next={next} />
    </form>
  );
}
