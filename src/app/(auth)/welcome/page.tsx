import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { getTranslations } from 'next-intl/server';
import { WelcomeForm } from '@/features/organizations/ui/welcome-form';
import { currentSession } from '@/server/session';
import { AuthHeading } from '../auth-heading';
import { nextOf, type Search, searchOf } from '../search';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.welcome'))('title') };
}

export default async function WelcomePage({ searchParams }: { searchParams: Search }) {
  const session = await currentSession();
  if (!session) redirect('/sign-in?next=/welcome');
  const next = nextOf(await searchOf(searchParams), '/dashboard');
  const t = await getTranslations('organization.welcome');
  const own = session.organizations.find((one) => one.personal && one.role === 'owner');
  return (
    <>
      <AuthHeading title={t('hello', { name: session.user.displayName })}>{t('body')}</AuthHeading>
      <WelcomeForm organization={own ? { id: own.id, name: own.name } : null} next={next} />
    </>
  );
}
