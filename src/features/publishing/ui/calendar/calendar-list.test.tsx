import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import calendar from '@/messages/en/calendar.json';
import { CalendarList } from './calendar-list';

const slot = (at: string) => ({ slotId: at, connectionId: 'c1', at: new Date(at) });

/** The days that are seen at once, and those that are folded away. */
function drawn(today: string, ...ats: string[]): { shown: string[]; folded: string[] } {
  const html = renderToStaticMarkup(
    <NextIntlClientProvider locale="en" timeZone="UTC" now={new Date()} messages={{ calendar }}>
      <CalendarList
        entries={[]}
        slots={ats.map(slot) as never}
        zone="Europe/Berlin"
        today={today}
        channelName={() => 'Fernhill'}
        action={null}
      />
    </NextIntlClientProvider>,
  );
  const [folded = '', shown = ''] = html.includes('</details>') ? html.split('</details>') : ['', html];
  const daysIn = (text: string) => [...text.matchAll(/id="day-([\d-]+)"/g)].map(([, day = '']) => day);
  return { shown: daysIn(shown), folded: daysIn(folded) };
}

it('of the running month, what is ahead is seen and what is over is folded away', () => {
  const ats = ['2026-11-26T09:00:00Z', '2026-11-02T09:00:00Z', '2026-11-21T23:30:00Z'];
  // Half past eleven in London is the next day in Berlin.
  expect(drawn('2026-11-22', ...ats)).toEqual({
    shown: ['2026-11-22', '2026-11-26'],
    folded: ['2026-11-02'],
  });
});

it('a month that is over, or lies ahead, is seen whole', () => {
  const ats = ['2026-11-02T09:00:00Z', '2026-11-21T10:00:00Z'];
  const whole = { shown: ['2026-11-02', '2026-11-21'], folded: [] };
  expect(drawn('2026-12-01', ...ats)).toEqual(whole);
  expect(drawn('2026-10-31', ...ats)).toEqual(whole);
});
