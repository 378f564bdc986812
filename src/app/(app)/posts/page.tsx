import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { ClientMessages } from '@/i18n/client-messages';
import { Posts } from './posts';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('content.posts'))('title') };
}

export default function PostsPage() {
  return (
    <ClientMessages rooms={['content']}>
      <Suspense>
        <Posts />
      </Suspense>
    </ClientMessages>
  );
}
