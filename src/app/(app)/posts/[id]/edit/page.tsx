import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientMessages } from '@/i18n/client-messages';
import { Edit } from './edit';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('content.composer'))('editTitle') };
}

export default async function EditPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <ClientMessages rooms={['content', 'library', 'media', 'tokens']}>
      <Edit postId={id} />
    </ClientMessages>
  );
}
