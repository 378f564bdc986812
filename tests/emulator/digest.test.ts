import { randomUUID } from 'node:crypto';
import { type Account, account, ownMailServer } from '@tests/support/mail';
import { ownDatabase } from '@tests/support/publishing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { singleton } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import { MailService } from '@/features/mail/service';
import { DigestService } from '@/features/notifications/digest';
import { NotificationService } from '@/features/notifications/service';
import { core } from '@/server/core';
import '@/server/services';

ownDatabase('digest');
const catcher = await ownMailServer();
beforeAll(() => core.jobs.start({ concurrency: 4 }));
afterAll(async () => {
  await core.jobs.stop();
  await catcher.stop();
});

/** The next Monday after today, nine o'clock in UTC: after everything these tests write. */
function monday(weeks = 0): FixedClock {
  const day = new Date(Date.now() + 24 * 3600_000 + weeks * 7 * 24 * 3600_000);
  while (day.getUTCDay() !== 1) day.setUTCDate(day.getUTCDate() + 1);
  day.setUTCHours(9, 0, 0, 0);
  return new FixedClock(day);
}

const run = (clock: FixedClock) =>
  new DigestService({ ...singleton<DigestService>('DigestService').deps, clock }).run(() => true);
const tell = (who: Account, type: 'tokens.warning' | 'tokens.budget', data = {}) =>
  NotificationService.getInstance().notify(
    who.uid,
    type,
    { used: 4, total: 5, available: 1, percent: 50, refreshAt: Date.UTC(2026, 11, 1), ...data },
    { href: '/tokens', key: randomUUID() },
  );

it('one summary a week of what was not seen, however often and by however many it is asked for', async () => {
  const someone = await account({ digest: 'weekly', locale: 'de', timezone: 'Europe/Berlin' });
  const reading = await account({ digest: 'weekly' });
  const elsewhere = await account({ digest: 'weekly', timezone: 'America/Los_Angeles' });
  const muted = await account({ digest: 'weekly', muted: ['tokens.warning.in_app'] });
  for (const who of [someone, reading, elsewhere, muted]) await tell(who, 'tokens.warning');
  await tell(someone, 'tokens.budget');
  await NotificationService.getInstance().markRead(reading.uid, { all: true });
  expect(catcher.mails).toEqual([]);

  const clock = monday();
  const runs = await Promise.all([run(clock), run(clock), run(clock)]);
  expect(runs.reduce((sum, { sent }) => sum + sent, 0)).toBe(2);
  await expect.poll(() => catcher.mails.length, { timeout: 20_000 }).toBe(2);
  expect((await run(clock)).sent).toBe(0);

  const [mail] = catcher.to(someone.email);
  expect(mail?.subject).toBe('Deine Woche bei IriSync: 2 Neuigkeiten');
  expect(mail?.text).toContain('80 % deiner Tokens sind verbraucht');
  expect(mail?.text).toContain('50 % eines KI-Budgets sind verbraucht');
  expect(mail?.headers.get('list-unsubscribe')).toContain('/api/notifications/unsubscribe?token=');
  expect(catcher.to(muted.email)).toHaveLength(1);
  expect(catcher.to(reading.email)).toEqual([]);
  expect(catcher.to(elsewhere.email)).toEqual([]);

  // Nothing new, no mail; something new, only that.
  expect((await run(monday(1))).sent).toBe(0);
  await tell(someone, 'tokens.budget', { percent: 80 });
  expect((await run(monday(2))).sent).toBe(1);
  await expect.poll(() => catcher.to(someone.email).length, { timeout: 20_000 }).toBe(2);
  expect(catcher.to(someone.email)[1]?.subject).toBe('Deine Woche bei IriSync: 1 Neuigkeit');
  expect(MailService.getInstance().configured).toBe(true);
});
