import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { DateTime } from './date-time';
import { refreshEvery, relativeUnit, toDate } from './relative';
import { RelativeTime } from './relative-time';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = new Date('2026-03-10T12:00:00Z');

function draw(node: React.ReactNode, locale = 'en', timeZone = 'Europe/Berlin') {
  const html = renderToStaticMarkup(
    <NextIntlClientProvider locale={locale} timeZone={timeZone} now={now} messages={{}}>
      {node}
    </NextIntlClientProvider>,
  );
  // Some ICU versions write a narrow no-break space before AM and PM.
  return html.replaceAll('\u202f', ' ');
}

const ago = (ms: number) => <RelativeTime at={now.getTime() - ms} />;

describe('RelativeTime', () => {
  it.each([
    [3_000, 'now'],
    [30_000, '30 seconds ago'],
    [3 * MINUTE, '3 minutes ago'],
    [55 * MINUTE, '1 hour ago'],
    [5 * HOUR, '5 hours ago'],
    [23 * HOUR, '1 day ago'],
    [-20 * MINUTE, 'in 20 minutes'],
  ])('%i ms before now reads "%s"', (ms, text) => {
    expect(draw(ago(ms))).toContain(`>${text}</time>`);
  });
  it('becomes a date beyond a week', () => {
    expect(draw(ago(10 * 24 * HOUR))).toContain('>Feb 28, 2026</time>');
  });
  it('speaks the person’s language and carries the exact moment', () => {
    const html = draw(ago(3 * MINUTE), 'de');
    expect(html).toContain('vor 3 Minuten');
    expect(html).toContain('dateTime="2026-03-10T11:57:00.000Z"');
  });
  it('shows a dash for what is no date', () => {
    expect(draw(<RelativeTime at="soon" />)).toContain('–');
  });
});

describe('DateTime', () => {
  it('uses the person’s zone', () => {
    expect(draw(<DateTime at={now} />)).toContain('Mar 10, 2026, 01:00 PM</time>');
  });
  it('names a foreign zone', () => {
    expect(draw(<DateTime at={now} zone="America/New_York" />)).toContain(
      'Mar 10, 2026, 08:00 AM EDT</time>',
    );
  });
});

describe('relative units', () => {
  it('are retold the more often the closer they are', () => {
    expect([5_000, 5 * MINUTE, 5 * HOUR, 50 * HOUR].map(refreshEvery)).toEqual([
      10_000,
      30_000,
      5 * MINUTE,
      HOUR,
    ]);
    expect(relativeUnit(-90_000)).toBe('minute');
  });
  it('read every form our data has', () => {
    expect(toDate('2026-03-10T12:00:00Z')).toEqual(now);
    expect(toDate(now.getTime())).toEqual(now);
    expect(toDate('nonsense')).toBeNull();
  });
});
