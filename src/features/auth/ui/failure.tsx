'use client';
import { useTranslations } from 'next-intl';
import { ErrorState } from '@/ui/error-state';
import { FormError } from '@/ui/form-error';
import { failureKey } from './browser-sign-in';

/** What went wrong while signing in, in words; problems of ours keep their request id. */
export function Failure({ error }: { error: unknown }) {
  const t = useTranslations('auth.failure');
  if (!error) return null;
  const key = failureKey(error);
  if (key) return <FormError>{t(key)}</FormError>;
  return <ErrorState error={error} compact />;
}
