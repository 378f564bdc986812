import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientMessages } from '@/i18n/client-messages';
import { PostScreen } from './post';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('content.detail'))('title') };
}

export default async function PostPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <ClientMessages rooms={['content', 'media', 'publishing', 'review']}>
      <PostScreen postId={id} />
    </ClientMessages>
  );
}
