import { type Browser, expect, type Page } from '@playwright/test';
import { anotherBrowser, makeRoom, test } from './support';

/** People as they come and go, in real browsers: signing up, being invited, a role that changes under somebody's eyes. */

const PASSWORD = 'correct horse battery';
const address = (name: string) => `${name}-${crypto.randomUUID()}@example.test`;

async function signUp(page: Page, name: string, email: string): Promise<void> {
  await page.goto('/sign-up');
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/welcome/);
}

async function inviteLink(page: Page, email: string): Promise<string> {
  await page.goto('/organization/members');
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Email').fill(email);
  await dialog.getByLabel('Role').selectOption('viewer');
  await dialog.getByRole('button', { name: 'Create the link' }).click();
  const link = await dialog.getByLabel('Invitation link').inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  return new URL(link).pathname;
}

const another = async (browser: Browser) => (await anotherBrowser(browser)).newPage();

test('a new person names their workspace, or skips it', async ({ page }) => {
  await signUp(page, 'Nora New', address('nora'));
  await expect(page.getByLabel('Name')).toHaveValue('Nora New');
  await page.getByLabel('Name').fill('Nora Studio');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/dashboard/);
  await page.goto('/organization/settings');
  await expect(page.getByRole('heading', { name: 'Nora Studio' })).toBeVisible();
});

test('an invited person joins with a confirmed address, and changes show without a reload', async ({
  page,
  browser,
}) => {
  const email = address('bert');
  await signUp(page, 'Anna Owner', address('anna'));
  await makeRoom(page);
  const link = await inviteLink(page, email);
  const guest = await another(browser);
  await guest.goto(link);
  await guest.getByRole('link', { name: 'Create account' }).click();
  await expect(guest.getByLabel('Email')).toHaveValue(email);
  await guest.getByLabel('Your name').fill('Bert Guest');
  await guest.getByLabel('Password').fill(PASSWORD);
  await guest.getByRole('button', { name: 'Create account' }).click();
  await expect(guest).toHaveURL(/\/invitation\//);

  await guest.getByRole('button', { name: /^Join/ }).click();
  await guest.getByRole('button', { name: /link to confirm/ }).click();
  await guest.getByRole('link', { name: 'Open the link' }).click();
  await guest.getByRole('link', { name: 'Continue' }).click();
  await guest.getByRole('button', { name: /^Join/ }).click();
  await expect(guest).toHaveURL(/\/dashboard/);
  await expect(page.getByRole('cell', { name: 'Bert Guest' }).first()).toBeVisible();

  await guest.goto('/organization/members');
  await expect(guest.getByRole('cell', { name: 'Anna Owner' }).first()).toBeVisible();
  await expect(guest.getByRole('button', { name: 'Invite' })).toHaveCount(0);
  await page.getByLabel('Role of Bert Guest').selectOption('admin');
  await expect(guest.getByRole('button', { name: 'Invite' })).toBeVisible({ timeout: 5_000 });

  await page.getByRole('button', { name: 'Actions: Bert Guest' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(guest.getByRole('heading', { name: 'Bert Guest' })).toBeVisible({ timeout: 10_000 });
});

test('signing out ends the session in every browser', async ({ page, browser }) => {
  const email = address('sam');
  await signUp(page, 'Sam Everywhere', email);
  const other = await another(browser);
  await other.goto('/sign-in');
  await other.getByLabel('Email').fill(email);
  await other.getByLabel('Password').fill('not my password');
  await other.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(other.getByText('do not belong together')).toBeVisible();
  await other.getByRole('button', { name: 'Email me a link instead' }).click();
  await other.getByRole('link', { name: 'Open the link' }).click();
  await other.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(other).toHaveURL(/\/dashboard/);
  await page.goto('/settings');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  // Another instance may remember a session for a few seconds.
  await expect
    .poll(async () => (await other.request.get('/api/auth/session')).status(), { timeout: 10_000 })
    .toBe(401);
});
