import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { getTranslations } from 'next-intl/server';
import { SignInForm } from '@/features/auth/ui/sign-in-form';
import { currentSession } from '@/server/session';
import { AuthHeading } from '../auth-heading';
import { nextOf, type Search, searchOf } from '../search';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('signIn') };
}

export default async function SignInPage({ searchParams }: { searchParams: Search }) {
  const read = await searchOf(searchParams);
  const next = nextOf(read, '/dashboard');
  // `again`: the browser lost its half of the session, so the cookie alone leads nowhere.
  if (!read('again') && (await currentSession())) redirect(next);
  const t = await getTranslations('auth');
  return (
    <>
      <AuthHeading title={t('signInTitle')}>
        {t.rich('newHere', {
          link: (text) => (
            <Link
              href={`/sign-up?next=${encodeURIComponent(next)}`}
              className="font-medium text-iris-text underline"
            >
              {text}
            </Link>
          ),
        })}
      </AuthHeading>
      <SignInForm next={next} email={read('email')} />
    </>
  );
}
