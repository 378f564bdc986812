import type { Metadata } from 'next';
import Link from 'next/link';
import { getTranslations } from 'next-intl/server';
import { ResetRequestForm } from '@/features/auth/ui/reset-request-form';
import { AuthHeading } from '../auth-heading';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('auth'))('reset.title') };
}

export default async function ResetPasswordPage() {
  const t = await getTranslations('auth');
  return (
    <>
      <AuthHeading title={t('reset.title')}>{t('reset.body')}</AuthHeading>
      <ResetRequestForm />
      <Link href="/sign-in" className="text-sm text-iris-text hover:underline">
        {t('reset.back')}
      </Link>
    </>
  );
}
