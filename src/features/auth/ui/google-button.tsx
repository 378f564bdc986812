'use client';
import { useLocale, useTranslations } from 'next-intl';
import { useClientConfig } from '@/client/config';
import { Button } from '@/ui/button';
import { leaveFor, useAttempt } from '@/ui/use-attempt';
import { signInWithGoogle } from './browser-sign-in';
import { Failure } from './failure';

/** Only where a real Firebase project is configured: Google's own page cannot be had locally. */
export function GoogleButton({ next }: { next: string }) {
  const t = useTranslations('auth');
  const locale = useLocale();
  const { googleSignIn } = useClientConfig();
  const { busy, error, attempt } = useAttempt();
  if (!googleSignIn) return null;
  const signIn = () =>
    attempt(async () => {
      await signInWithGoogle(locale);
      await leaveFor(next);
    });
  return (
    <div className="grid gap-2">
      <Button loading={busy} onClick={signIn}>
        {t('google')}
      </Button>
      <Failure error={error} />
    </div>
  );
}
