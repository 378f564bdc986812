import { expect, type Page } from '@playwright/test';
import { test } from './support';

/**
 * The main job as a new user does it: sign up, connect a channel, write with AI, schedule, see it publish and the dashboard move.
 * Nothing is reloaded: what changes arrives through Firestore listeners.
 */
const stamp = Date.now().toString(36);
const PERSON = { name: 'Nora Neumann', email: `nora-${stamp}@example.com`, password: 'a-long-password-1' };

/** The wall-clock minute that begins next, as a date-time field takes it. */
async function nextMinute(page: Page): Promise<string> {
  return page.evaluate(() => {
    const next = new Date(Math.ceil((Date.now() + 3_000) / 60_000) * 60_000);
    const two = (value: number) => String(value).padStart(2, '0');
    return `${next.getFullYear()}-${two(next.getMonth() + 1)}-${two(next.getDate())}T${two(next.getHours())}:${two(next.getMinutes())}`;
  });
}

test('a new user signs up, writes with AI, schedules, publishes and sees the dashboard move', async ({
  page,
  context,
}) => {
  test.setTimeout(150_000);
  let reloads = 0;

  await test.step('signs up', async () => {
    await page.goto('/sign-up');
    await page.getByLabel('Your name').fill(PERSON.name);
    await page.getByLabel('Email').fill(PERSON.email);
    await page.getByLabel('Password', { exact: true }).fill(PERSON.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page).toHaveURL(/\/(welcome|dashboard)/, { timeout: 30_000 });
  });

  await test.step('connects a sandbox channel through its consent page', async () => {
    await page.goto('/channels');
    await page.getByRole('button', { name: 'Connect a channel' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /Sandbox/ }).click();
    await dialog.getByRole('button', { name: /Continue to/ }).click();
    await expect(page).toHaveURL(/\/sandbox\/authorize/);
    await page.getByLabel('Sandbox name').fill(`nora_${stamp}`);
    await page.getByRole('button', { name: /Allow/ }).click();
    await expect(page).toHaveURL(/\/channels/);
    await expect(page.getByText(`nora_${stamp}`).first()).toBeVisible();
  });

  const dashboard = await context.newPage();
  await test.step('opens the dashboard in a second tab and leaves it open', async () => {
    await dashboard.goto('/dashboard');
    await expect(dashboard.getByRole('heading', { name: 'Dashboard', level: 1 })).toBeVisible();
    await expect(dashboard.locator('[aria-busy="true"]')).toHaveCount(0);
    dashboard.on('framenavigated', (frame) => {
      if (frame === dashboard.mainFrame()) reloads += 1;
    });
  });

  await test.step('writes with AI, paid for in tokens', async () => {
    await page.goto('/create');
    await page.getByRole('button', { name: 'Write with AI' }).click();
    await page
      .getByLabel('What should it say?')
      .fill('Our spring workshop: learn to print your own postcards, twelve seats, Saturday');
    await page.getByRole('button', { name: 'Write', exact: true }).click();
    await page.getByRole('button', { name: 'Use this' }).click({ timeout: 30_000 });
    await expect(page.getByLabel('Text', { exact: true })).not.toHaveValue('');
  });

  await test.step('schedules it for the next minute', async () => {
    await page
      .getByRole('checkbox', { name: /Post to/ })
      .first()
      .check();
    await page.getByRole('button', { name: 'Publish or schedule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('At a time').click();
    await dialog.getByLabel('Local time').fill(await nextMinute(page));
    await dialog.getByRole('button', { name: /Schedule for 1 channel/ }).click();
    await expect(page).toHaveURL(/\/posts\/post_/);
  });

  await test.step('sees it publish without reloading', async () => {
    await expect(page.getByText('Scheduled').first()).toBeVisible();
    await expect(page.getByText('Published').first()).toBeVisible({ timeout: 90_000 });
  });

  await test.step('and the dashboard, open all the time, has moved by itself', async () => {
    await dashboard.bringToFront();
    await expect(dashboard.getByText(/spring workshop|postcards/i).first()).toBeVisible({ timeout: 30_000 });
    expect(reloads).toBe(0);
  });

  await test.step('finds it once on the sandbox network, labelled as sandbox', async () => {
    await page.goto(`/sandbox/feed?handle=nora_${stamp}`);
    await expect(page.getByText('Sandbox').first()).toBeVisible();
    await expect(page.getByRole('article')).toHaveCount(1);
  });

  await test.step('and has paid for it', async () => {
    await page.goto('/tokens');
    await expect(page.getByText('49').first()).toBeVisible();
  });
});
