import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lastSlot } from './cron';
import { CRON_SCHEDULES } from './cron-schedules';

describe('schedules', () => {
  it('are the same for Vercel and for the worker', () => {
    const { crons } = JSON.parse(readFileSync('vercel.json', 'utf8')) as {
      crons: { path: string; schedule: string }[];
    };
    expect(Object.fromEntries(crons.map(({ path, schedule }) => [path, schedule]))).toEqual(
      Object.fromEntries(
        Object.entries(CRON_SCHEDULES).map(([name, schedule]) => [`/api/cron/${name}`, schedule]),
      ),
    );
  });

  it.each([
    ['* * * * *', '2026-03-29T01:30:59.999Z', '2026-03-29T01:30:00.000Z'],
    ['* * * * *', '2026-03-29T01:31:00.000Z', '2026-03-29T01:31:00.000Z'],
    ['*/15 * * * *', '2026-03-29T01:44:00Z', '2026-03-29T01:30:00.000Z'],
    ['0 */6 * * *', '2026-03-29T05:59:00Z', '2026-03-29T00:00:00.000Z'],
    ['30 3 * * *', '2026-03-29T03:29:59Z', '2026-03-28T03:30:00.000Z'],
    ['30 3 * * *', '2026-03-29T03:30:00Z', '2026-03-29T03:30:00.000Z'],
  ])('%s at %s was due at %s', (schedule, now, slot) => {
    expect(lastSlot(schedule, new Date(now)).toISOString()).toBe(slot);
  });
});
