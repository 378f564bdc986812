import { expect, test } from '@playwright/test';
import { signInAsDemo } from './support';

test('a new person signs up and names their workspace', async ({ page }) => {
  await page.goto('/sign-up');
  await page.getByLabel('Your name').fill('Nora New');
  await page.getByLabel('Email').fill(`nora-${crypto.randomUUID()}@example.test`);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/welcome/);
  await page.getByLabel('Name').fill('Nora Studio');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/dashboard/);
});

test('the demo person signs in and finds their work', async ({ page }) => {
  await signInAsDemo(page);
  await expect(page.getByRole('heading', { name: 'Dashboard', level: 1 })).toBeVisible();
  for (const [path, heading] of [
    ['/create', 'Create'],
    ['/posts', 'Posts'],
    ['/channels', 'Channels'],
  ] as const) {
    await page.goto(path);
    await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
  }
  await expect(page.getByText('Fernhill Roasters').first()).toBeVisible();
});
