import { expect, type Page } from '@playwright/test';
import { DEMO } from '../../scripts/demo';

/** Signs in through the form, as a person would. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(/\/dashboard/);
}

export const signInAsDemo = (page: Page) => signIn(page, DEMO.email, DEMO.password);
