import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ClientReviewScreen } from '@/features/content/ui/review/client-review';

export async function generateMetadata(): Promise<Metadata> {
  // The address is the secret: it goes to nobody.
  const t = await getTranslations('review.client');
  return { title: t('title'), referrer: 'no-referrer', robots: { index: false, follow: false } };
}

export default async function ReviewPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  return <ClientReviewScreen token={decodeURIComponent(token)} />;
}
