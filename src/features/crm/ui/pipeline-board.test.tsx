import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import common from '@/messages/en/common.json';
import pipeline from '@/messages/en/pipeline.json';
import { columnsOf } from '../pipeline';
import PipelineBoard from './pipeline-board';
import type { PipelineRecord } from './pipeline-record';

const STAGES = [
  { value: 'won', label: 'Won' },
  { value: 'new', label: 'New' },
];
const deal = (id: string, more: Partial<PipelineRecord>): PipelineRecord => ({
  ...{ id, title: `Deal ${id}`, version: 1, sync: 'synced', stage: 'new', amount: '100', currency: 'EUR' },
  ...more,
});
const DEALS = [
  deal('a', {}),
  deal('b', { amount: '0.5' }),
  deal('c', { currency: 'USD', sync: 'refused' }),
  deal('d', { stage: null, amount: null }),
  deal('e', { stage: 'strange', currency: null, amount: '7' }),
];

function drawn(editable: boolean): string {
  return renderToStaticMarkup(
    <NextIntlClientProvider locale="en" timeZone="UTC" messages={{ pipeline, common }}>
      <PipelineBoard
        columns={columnsOf(DEALS, STAGES)}
        labelOf={(stage) => STAGES.find(({ value }) => value === stage)?.label ?? stage ?? 'No stage'}
        editable={editable}
        onMove={() => undefined}
      />
    </NextIntlClientProvider>,
  );
}
const texts = (markup: string, tag: string) =>
  [...markup.matchAll(new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, 'gs'))].map(([, inner = '']) =>
    inner
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );

describe('a pipeline’s board', () => {
  it('has the vendor’s stages first, with counts, and sums beside each other', () => {
    expect(texts(drawn(false), 'h2')).toEqual([
      ...['Won 0 deals', 'New 3 deals', 'strange 1 deal', 'No stage 1 deal'],
    ]);
    expect(texts(drawn(false), 'header').slice(1, 3)).toEqual([
      'New 3 deals €100.50 · $100.00',
      'strange 1 deal 7 without currency',
    ]);
    expect(drawn(false)).toContain(pipeline.sync.refused);
  });

  it('gives a handle with a name to every record that may be moved, and none where nothing can be', () => {
    const handles = (markup: string) =>
      [...markup.matchAll(/aria-label="(Move [^"]+)"/g)].map(([, name]) => name);
    expect(handles(drawn(true)).sort()).toEqual(DEALS.map(({ title }) => `Move ${title}`));
    expect(handles(drawn(false))).toEqual([]);
  });
});
