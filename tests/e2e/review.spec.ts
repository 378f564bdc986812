import { expect, type Page } from '@playwright/test';
import { anotherBrowser, makeRoom, signIn, test } from './support';

/**
 * Review as two people and a client do it: one writes and asks, another approves in a second browser and it goes out live; a
 * client without an account approves through a link.
 */
const stamp = Date.now().toString(36);
const password = 'a-long-password-1';
const mail = (name: string) => `${name}-${stamp}@example.com`;

async function signUp(page: Page, name: string): Promise<void> {
  await page.goto('/sign-up');
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Email').fill(mail(name.toLowerCase()));
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/(welcome|dashboard)/, { timeout: 30_000 });
}

async function connectSandbox(page: Page, handle: string): Promise<void> {
  await page.goto('/channels');
  await page.getByRole('button', { name: 'Connect a channel' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /Sandbox/ }).click();
  await dialog.getByRole('button', { name: /Continue to/ }).click();
  await page.getByLabel('Sandbox name').fill(handle);
  await page.getByRole('button', { name: /Allow/ }).click();
  await expect(page.getByText(handle).first()).toBeVisible();
}

/** What the link in the confirmation mail does, at the emulator that keeps the accounts. */
async function confirmAddress(email: string): Promise<void> {
  const { FIREBASE_AUTH_EMULATOR_HOST: host, FIREBASE_PROJECT_ID: project = 'demo-irisync' } = process.env;
  const accounts = `http://${host}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts`;
  const admin = async (verb: string, body: object) => {
    const headers = { authorization: 'Bearer owner', 'content-type': 'application/json' };
    const answer = await fetch(`${accounts}:${verb}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return (await answer.json()) as { users?: { localId: string }[] };
  };
  const { users = [] } = await admin('lookup', { email: [email] });
  await admin('update', { localId: users[0]?.localId, emailVerified: true });
}

/** Calls the API as the signed-in person, for steps that other tests cover in the interface. */
const asPerson = <T>(page: Page, method: string, path: string, body?: unknown) =>
  page.evaluate(
    async ([verb, at, json]) => {
      const answer = await fetch(at as string, {
        method: verb as string,
        ...(json === undefined
          ? {}
          : { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } }),
      });
      if (!answer.ok) throw new Error(`${at}: ${answer.status} ${await answer.text()}`);
      return (answer.status === 204 ? null : await answer.json()) as T;
    },
    [method, path, body] as const,
  ) as Promise<T>;

test('a post is sent for review, approved by somebody else, published live, and approved by a client', async ({
  page,
  browser,
}) => {
  test.setTimeout(150_000);
  const text = `Autumn fair, every Saturday ${stamp}`;

  await test.step('the boss signs up, connects a channel and asks for approval there', async () => {
    await signUp(page, 'Bea');
    await makeRoom(page);
    await connectSandbox(page, `bea_${stamp}`);
    const { items } = await asPerson<{ items: { id: string }[] }>(page, 'GET', '/api/accounts');
    await asPerson(page, 'PATCH', `/api/accounts/${items[0]?.id}`, { requiresApproval: true });
  });

  const other = await anotherBrowser(browser);
  const writer = await other.newPage();
  await test.step('a colleague is invited and joins', async () => {
    const { items } = await asPerson<{ items: { id: string }[] }>(page, 'GET', '/api/organizations');
    const invitations = `/api/organizations/${items[0]?.id}/invitations`;
    const made = await asPerson<{ link: string }>(page, 'POST', invitations, {
      email: mail('wim'),
      role: 'member',
    });
    const first = await anotherBrowser(browser);
    await signUp(await first.newPage(), 'Wim');
    await first.close();
    await confirmAddress(mail('wim'));
    await signIn(writer, mail('wim'), password);
    await writer.goto(new URL(made.link).pathname);
    await writer.getByRole('button', { name: /^Join/ }).click();
    await expect(writer).toHaveURL(/\/dashboard/, { timeout: 30_000 });
  });

  await test.step('the colleague writes and publishes: it waits', async () => {
    await writer.goto('/create');
    await writer.getByLabel('Text', { exact: true }).fill(text);
    await writer
      .getByRole('checkbox', { name: /Post to/ })
      .first()
      .check();
    await writer.getByRole('button', { name: 'Publish or schedule' }).click();
    await writer
      .getByRole('dialog')
      .getByRole('button', { name: /Publish to 1 channel/ })
      .click();
    await expect(writer).toHaveURL(/\/posts\/post_/);
    await expect(writer.getByText('Waits for approval').first()).toBeVisible();
    await expect(writer.getByText('In review').first()).toBeVisible();
  });

  await test.step('the boss finds it among the posts in review, comments and approves', async () => {
    await page.goto('/posts?view=review');
    await page.getByText(text).first().click();
    await page.getByLabel('Comment', { exact: true }).fill('Lovely line');
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await expect(writer.getByText('Lovely line')).toBeVisible();
    await page.getByRole('button', { name: 'Approve and publish' }).click();
  });

  await test.step('the colleague sees it go out without reloading', async () => {
    await expect(writer.getByText('Approved', { exact: true }).first()).toBeVisible();
    await expect(writer.getByText('Published').first()).toBeVisible({ timeout: 60_000 });
  });

  await test.step('a second post is sent for review from the composer', async () => {
    await writer.goto('/create');
    await writer.getByLabel('Text', { exact: true }).fill(`For the client ${stamp}`);
    await writer
      .getByRole('checkbox', { name: /Post to/ })
      .first()
      .check();
    await writer.getByRole('button', { name: 'Send for review' }).click();
    await expect(writer).toHaveURL(/\/posts\/post_/);
  });

  await test.step('and a client approves it through a link, without an account', async () => {
    await page.goto(new URL(writer.url()).pathname);
    await page.getByRole('button', { name: 'Client link' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Who is it for?').fill('Moss & Co');
    await dialog.getByRole('button', { name: 'Make a link' }).click();
    const link = await dialog.getByText(/\/review\//).textContent();
    const outside = await (await anotherBrowser(browser)).newPage();
    await outside.goto(new URL(link ?? '').pathname);
    await expect(outside.getByText(`For the client ${stamp}`).first()).toBeVisible();
    await expect(outside.locator('meta[name="robots"]')).toHaveAttribute('content', /noindex/);
    await expect(outside.locator('meta[name="referrer"]')).toHaveAttribute('content', 'no-referrer');
    await outside.getByLabel('Your name').fill('Cara Moss');
    await outside.getByRole('button', { name: 'Approve', exact: true }).click();
    await expect(outside.getByText('Approved', { exact: true }).first()).toBeVisible();
    await expect(writer.getByText('Approved by Cara Moss')).toBeVisible();
    await outside.context().close();
  });
  await other.close();
});
