import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import de from '@/messages/de/media.json';
import en from '@/messages/en/media.json';
import { MediaThumb } from '../media/media-thumb';
import { DocumentCard } from './document-card';

const asset = {
  id: 'med_1',
  organizationId: 'org_1',
  kind: 'document' as const,
  altText: '',
  title: 'Irises of the year',
  filename: 'iris_v3.pdf',
  pages: 12,
  width: 600,
  height: 400,
};

function draw(node: React.ReactNode, locale = 'en') {
  return renderToStaticMarkup(
    <NextIntlClientProvider locale={locale} timeZone="UTC" messages={{ media: locale === 'de' ? de : en }}>
      {node}
    </NextIntlClientProvider>,
  );
}

it('shows a document by the name it goes by, its pages once, and its first page', () => {
  const html = draw(<DocumentCard asset={asset} />);
  expect(html).toContain('>Irises of the year<');
  expect(html.match(/12 pages/g)).toHaveLength(1);
  expect(html).toContain('/api/media/med_1/thumb?');
  expect(html).toContain('alt="First page of “Irises of the year”"');
  expect(draw(<DocumentCard asset={{ ...asset, altText: 'Explained' }} title="For you" />)).toContain(
    '>For you<',
  );
});

it('counts the pages on a tile, in the language of the reader', () => {
  expect(draw(<MediaThumb asset={asset} />)).toContain('12 pages');
  expect(draw(<MediaThumb asset={{ ...asset, pages: 1 }} />, 'de')).toContain('1 Seite');
});
