import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { safeNext } from '@/features/auth/next-path';
import { LinkSignIn, NewPassword, VerifyEmail } from '@/features/auth/ui/action-panel';
import { LinkButton } from '@/ui/link-button';
import { AuthHeading } from '../auth-heading';
import { type Search, searchOf } from '../search';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth.action'))('title'), referrer: 'no-referrer' };
}

/** Firebase wraps our own address into `continueUrl`; the emulator's links carry `next` themselves. */
function nextIn(read: (name: string) => string): string {
  const wrapped = read('continueUrl');
  const inner = URL.canParse(wrapped) ? new URL(wrapped).searchParams.get('next') : null;
  return safeNext(read('next') || inner, '/dashboard');
}

/** Where the links of our account mails lead: `mode` says what for, `oobCode` proves it. */
export default async function ActionPage({ searchParams }: { searchParams: Search }) {
  const read = await searchOf(searchParams);
  const t = await getTranslations('auth.action');
  const code = read('oobCode');
  const next = nextIn(read);
  const panels: Record<string, ReactNode> = {
    verifyEmail: <VerifyEmail code={code} next={next} />,
    resetPassword: <NewPassword code={code} />,
    signIn: <LinkSignIn next={next} email={read('email')} />,
  };
  const mode = read('mode');
  const panel = code ? panels[mode] : undefined;
  if (!panel) {
    return (
      <>
        <AuthHeading title={t('broken')}>{t('brokenBody')}</AuthHeading>
        <LinkButton href="/sign-in">{t('toSignIn')}</LinkButton>
      </>
    );
  }
  return (
    <>
      <AuthHeading title={t(`mode.${mode}`)} />
      {panel}
    </>
  );
}
