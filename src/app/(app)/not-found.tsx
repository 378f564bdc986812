import { Compass } from 'lucide-react';
import { getTranslations } from 'next-intl/server';
import { EmptyState } from '@/ui/empty-state';
import { LinkButton } from '@/ui/link-button';

/** What a page shows for a document that does not exist, or belongs to an organisation you are not in. */
export default async function AppNotFound() {
  const t = await getTranslations('shell.notFound');
  return (
    <EmptyState
      icon={<Compass size={20} aria-hidden="true" />}
      title={t('title')}
      body={t('body')}
      action={
        <LinkButton href="/dashboard" variant="primary">
          {t('action')}
        </LinkButton>
      }
    />
  );
}
