import type { Metadata } from 'next';
import { cookies } from 'next/headers';
import { getTranslations } from 'next-intl/server';
import { SESSION_COOKIE } from '@/features/auth/cookie';
import { sandboxHandle } from '@/features/platforms/sandbox/schema';
import { SandboxFeed } from '@/features/platforms/ui/sandbox-feed';
import { SandboxSwitches } from '@/features/platforms/ui/sandbox-switches';
import { PageHeader } from '@/ui/page-header';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('platforms.sandbox'))('feedTitle'), robots: { index: false } };
}

type Props = { searchParams: Promise<{ handle?: string | string[] }> };

/** What was posted to the practice network; with an account named, also its fault switches. */
export default async function FeedPage({ searchParams }: Props) {
  const t = await getTranslations('platforms.sandbox');
  // Only decides what is drawn; the switches themselves ask who it is.
  const signedIn = (await cookies()).has(SESSION_COOKIE);
  const handle = sandboxHandle.safeParse((await searchParams).handle).data ?? null;
  return (
    <>
      <PageHeader
        title={handle ? t('of', { handle }) : t('feedTitle')}
        description={t('feedDescription')}
        {...(handle ? { breadcrumb: [{ label: t('allAccounts'), href: '/sandbox/feed' }] } : {})}
      />
      <div
        className={
          handle ? 'grid grid-cols-1 items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]' : 'max-w-160'
        }
      >
        <SandboxFeed handle={handle} />
        {handle && signedIn && <SandboxSwitches handle={handle} />}
      </div>
    </>
  );
}
