import Head from 'next/head';
import { useTranslations } from 'next-intl';

type PageHeadProps = { origin: string; title?: string; description?: string };

/** Title, description and share picture of a public page. */
export function PageHead({ origin, title, description }: PageHeadProps) {
  const t = useTranslations('marketing.meta');
  const name = title ? `${title} · IriSync` : t('title');
  const text = description ?? t('description');
  return (
    <Head>
      <title>{name}</title>
      <meta name="description" content={text} />
      <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
      <meta property="og:site_name" content="IriSync" />
      <meta property="og:type" content="website" />
      <meta property="og:title" content={name} />
      <meta property="og:description" content={text} />
      <meta property="og:image" content={new URL('/opengraph-image', origin).href} />
      <meta property="og:image:width" content="1200" />
      <meta property="og:image:height" content="630" />
      <meta name="twitter:card" content="summary_large_image" />
    </Head>
  );
}
