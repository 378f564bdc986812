import { expect, type Page } from '@playwright/test';

/** A new person, who owns their workspace on the free plan: 50 tokens. @param app another server than the usual one. */
export async function newOwner(page: Page, app = ''): Promise<void> {
  await page.goto(`${app}/sign-up`);
  await page.getByLabel('Your name').fill('Bea Buyer');
  await page.getByLabel('Email').fill(`bea-${crypto.randomUUID()}@example.test`);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/welcome/);
}

const balance = (page: Page) =>
  page
    .getByRole('region', { name: 'Balance' })
    .or(page.locator('section').filter({ has: page.getByRole('heading', { name: 'Balance' }) }));
export const shows = (page: Page, tokens: string) =>
  expect(balance(page).locator('p.flex').first()).toContainText(tokens);
