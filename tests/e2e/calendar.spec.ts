import { expect, type Page } from '@playwright/test';
import { test } from './support';

/** The calendar as people use it: by dragging, by keyboard, and what it refuses. Everything arrives live; nothing is reloaded. */
test.use({ storageState: async ({ demo }, use) => use(demo) });

/** Times are shown in the zone that signing in told the browser, unless the person changes it: here the tests do. */
const inZone = (zone: string) =>
  test.beforeEach(({ context, baseURL }) =>
    context.addCookies([{ name: 'timezone', value: encodeURIComponent(zone), url: baseURL ?? '' }]),
  );
inZone('UTC');

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);
/** A Wednesday some weeks ahead, so that its whole week lies in the future and nothing of the demo is there. */
const wednesday = () => {
  const day = Date.now() + 35 * DAY;
  return day - ((new Date(day).getUTCDay() + 4) % 7) * DAY;
};

interface Planned {
  id: string;
  text: string;
}

/** Plans a post through the page's own session. */
async function plan(
  page: Page,
  localTime: string,
  { zone = 'UTC', rrule }: { zone?: string; rrule?: string } = {},
): Promise<Planned> {
  const text = `Calendar ${Math.random().toString(36).slice(2, 8)}`;
  await page.goto('/posts');
  const id = await page.evaluate(
    async ({ text, localTime, zone, rrule }) => {
      const accounts = (await (await fetch('/api/accounts')).json()) as { items?: { id: string }[] };
      const connectionId = accounts.items?.[0]?.id;
      const answer = await fetch('/api/posts', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          master: { text },
          channels: [{ connectionId }],
          schedule: { mode: 'at', localTime, zone, ...(rrule ? { rrule } : {}) },
        }),
      });
      const saved = (await answer.json()) as { post?: { id: string }; detail?: string };
      if (!saved.post) throw new Error(saved.detail);
      return saved.post.id;
    },
    { text, localTime, zone, rrule },
  );
  return { id, text };
}

const chip = (page: Page, post: Planned) => page.getByRole('link', { name: new RegExp(post.text) });
const cell = (page: Page, key: string) => page.locator(`[data-cell="${key}"]`);
const inCell = (page: Page, key: string, post: Planned) =>
  cell(page, key).getByRole('link', { name: new RegExp(post.text) });

async function open(page: Page, view: string, date: string): Promise<void> {
  await page.goto(`/calendar?view=${view}&date=${date}`);
  await expect(page.getByRole('grid')).toBeVisible();
}

test('a post is dragged to another day, and taken back', async ({ page }) => {
  const from = dateOf(wednesday());
  const to = dateOf(wednesday() + DAY);
  const post = await plan(page, `${from}T10:20`);
  await open(page, 'month', from);
  await expect(inCell(page, from, post)).toBeVisible();
  await chip(page, post).dragTo(cell(page, to));
  await expect(inCell(page, to, post)).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(inCell(page, from, post)).toBeVisible();
});

test('a post is carried by keyboard, announced, put back with escape, and moved with space', async ({
  page,
}) => {
  const from = dateOf(wednesday() + 7 * DAY);
  const post = await plan(page, `${from}T10:20`);
  await open(page, 'week', from);
  await chip(page, post).focus();
  await page.keyboard.press('Space');
  const said = page.locator('[data-announcements]');
  await expect(said).toContainText('Picked up');
  await page.keyboard.press('ArrowDown');
  await expect(said).toContainText('11:00');
  await page.keyboard.press('Escape');
  await expect(said).toContainText('Put back');
  await expect(inCell(page, `${from}T10`, post)).toBeVisible();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await expect(said).toContainText('Moved to');
  await expect(inCell(page, `${dateOf(wednesday() + 8 * DAY)}T11`, post)).toBeVisible();
});

test.describe('where it is the middle of the day', () => {
  const hour = new Date().getUTCHours();
  /** `Etc/GMT+3` is three hours behind Greenwich. */
  const timezoneId = hour === 12 ? 'UTC' : `Etc/GMT${hour > 12 ? '+' : '-'}${Math.abs(hour - 12)}`;
  const today = dateOf(Date.now() + (12 - hour) * HOUR);
  test.use({ timezoneId });
  inZone(timezoneId);

  test('a drop on a time that has passed is refused with the reason', async ({ page }) => {
    const post = await plan(page, `${today}T14:20`, { zone: timezoneId });
    await open(page, 'day', today);
    // Days open at seven in the morning: both hours are in sight.
    await expect(cell(page, `${today}T07`)).toBeInViewport();
    await expect(cell(page, `${today}T05`)).not.toBeInViewport();
    const planned = `${today}T14`;
    await expect(inCell(page, planned, post)).toBeVisible();
    await chip(page, post).dragTo(cell(page, `${today}T11`));
    await expect(page.getByText('That time has passed.').first()).toBeVisible();
    await expect(inCell(page, planned, post)).toBeVisible();
  });
});

test('what another page changes arrives by itself', async ({ page, context }) => {
  const from = dateOf(wednesday() + 14 * DAY);
  const to = dateOf(wednesday() + 15 * DAY);
  const post = await plan(page, `${from}T10:20`);
  await open(page, 'month', from);
  const other = await context.newPage();
  await open(other, 'month', from);
  await expect(inCell(other, from, post)).toBeVisible();
  // A browser draws hidden pages slowly or not at all: dragging happens in the one that is seen.
  await page.bringToFront();
  await chip(page, post).dragTo(cell(page, to));
  await expect(inCell(page, to, post)).toBeVisible();
  await expect(inCell(other, to, post)).toBeVisible();
});

test('phones open the list', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto('/calendar');
  await expect(page.getByRole('radio', { name: 'List' })).toBeChecked();
  await expect(page.getByRole('grid')).toHaveCount(0);
});

test('a post of a series is changed with those after it, and the series is ended', async ({ page }) => {
  const first = wednesday() + 7 * DAY;
  const post = await plan(page, `${dateOf(first)}T15:20`, { rrule: 'FREQ=DAILY;COUNT=4' });
  await page.goto(`/posts/${post.id}`);
  await expect(page.getByText('Every day · 4 times')).toBeVisible();
  await page.goto(`/posts/${post.id}/edit`);
  const text = page.getByRole('textbox', { name: /text|say/i }).first();
  await text.fill(`${post.text} new`);
  await page.getByRole('button', { name: 'Save changes' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('This post and those after it').check();
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await expect(page).toHaveURL(/\/posts$/);
  const third = dateOf(first + 2 * DAY);
  await open(page, 'week', third);
  const changed = inCell(page, `${third}T15`, { id: '', text: `${post.text} new` });
  await expect(changed).toBeVisible();
  await changed.click();
  await page.getByRole('button', { name: 'End series from here' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End series' }).click();
  await expect(page.getByText('The series has ended')).toBeVisible();
  await open(page, 'week', third);
  await expect(inCell(page, `${dateOf(first + DAY)}T15`, { id: '', text: `${post.text} new` })).toBeVisible();
  await expect(changed).toHaveCount(0);
});
