import { Home } from '@/app/(marketing)/home/home';
import { PageHead } from '@/app/(marketing)/page-head';
import { type PublicPageProps, publicPageProps } from '@/i18n/public-page';

export const config: { maxDuration?: number; unstable_runtimeJS: false } = { unstable_runtimeJS: false };
export const getServerSideProps = publicPageProps;

export default function HomePage({ origin }: PublicPageProps) {
  return (
    <>
      <PageHead origin={origin} />
      <Home />
    </>
  );
}
