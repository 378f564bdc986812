import type { Metadata } from 'next';
import Link from 'next/link';
import { getTranslations } from 'next-intl/server';
import { SignUpForm } from '@/features/auth/ui/sign-up-form';
import { AuthHeading } from '../auth-heading';
import { nextOf, type Search, searchOf } from '../search';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('signUp') };
}

export default async function SignUpPage({ searchParams }: { searchParams: Search }) {
  const read = await searchOf(searchParams);
  const next = nextOf(read, '/welcome');
  const t = await getTranslations('auth');
  return (
    <>
      <AuthHeading title={t('signUpTitle')}>
        {t.rich('haveAccount', {
          link: (text) => (
            <Link
              href={`/sign-in?next=${encodeURIComponent(nextOf(read, '/dashboard'))}`}
              className="font-medium text-iris-text underline"
            >
              {text}
            </Link>
          ),
        })}
      </AuthHeading>
      <SignUpForm next={next} email={read('email')} />
    </>
  );
}
