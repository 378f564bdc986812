import { expect } from '@playwright/test';
import { test } from './support';

/** Somebody comments on the practice network; it appears without a reload, the answer goes out and shows in the feed. */
const stamp = Date.now().toString(36);

test('a comment appears live, and its answer shows in the feed', async ({ page, context }) => {
  test.setTimeout(150_000);
  await page.goto('/sign-up');
  await page.getByLabel('Your name').fill('Ina Inbox');
  await page.getByLabel('Email').fill(`ina-${stamp}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill('a-long-password-1');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/(welcome|dashboard)/, { timeout: 30_000 });
  await page.goto('/channels');
  await page.getByRole('button', { name: 'Connect a channel' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /Sandbox/ }).click();
  await dialog.getByRole('button', { name: /Continue to/ }).click();
  await page.getByLabel('Sandbox name').fill(`ina_${stamp}`);
  await page.getByRole('button', { name: /Allow/ }).click();
  await expect(page).toHaveURL(/\/channels/);

  const accounts = (await (await page.request.get('/api/accounts')).json()) as { items: { id: string }[] };
  const published = await page.evaluate(async (connectionId) => {
    const body = { master: { text: 'Tulips are in' }, channels: [{ connectionId }] };
    const answer = await fetch('/api/content/publish?wait=20', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.status;
  }, accounts.items[0]?.id);
  expect(published).toBe(202);

  await page.goto('/inbox');
  await expect(page.getByText('Nobody has written yet')).toBeVisible();

  const feed = await context.newPage();
  await feed.goto(`/sandbox/feed?handle=ina_${stamp}`);
  await feed.getByRole('button', { name: 'Comment' }).first().click();
  await feed.getByLabel('Your name').fill('Greta Guest');
  await feed.getByLabel('Your comment').fill('What colours?');
  await feed.getByRole('button', { name: 'Post comment' }).click();

  const entry = page
    .getByRole('list', { name: 'Comments and mentions' })
    .getByRole('button', { name: /What colours/ });
  await expect(entry).toBeVisible({ timeout: 30_000 });
  await entry.focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Your answer').fill('Red and yellow');
  await page.keyboard.press('Control+Enter');
  await expect(feed.getByText('Red and yellow')).toBeVisible({ timeout: 30_000 });
  await page.getByText('Done', { exact: true }).click();
  await expect(page.getByRole('button', { name: /What colours/ })).toBeVisible();
});
