import { useTranslations } from 'next-intl';
import { PageHead } from '@/app/(marketing)/page-head';
import { Pricing } from '@/app/(marketing)/pricing/pricing';
import { type PublicPageProps, publicPageProps } from '@/i18n/public-page';

export const config: { maxDuration?: number; unstable_runtimeJS: false } = { unstable_runtimeJS: false };
export const getServerSideProps = publicPageProps;

export default function PricingPage({ origin }: PublicPageProps) {
  const t = useTranslations('marketing.pricing');
  return (
    <>
      <PageHead origin={origin} title={t('title')} description={t('lead')} />
      <Pricing />
    </>
  );
}
