import { createHmac } from 'node:crypto';
import { expect } from '@playwright/test';
import { newOwner } from './billing';
import { test } from './support';

/** As any sender that follows Standard Webhooks signs. */
function signed(secret: string, id: string, body: string): Record<string, string> {
  const stamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${stamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    ...{ 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': `v1,${signature}` },
  };
}

test('an address for incoming events is opened, tried out, heard of live, and switched off', async ({
  page,
}) => {
  await newOwner(page);
  await page.goto('/integrations');
  await page.getByRole('button', { name: 'Open an address' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What is it for?').fill('Orders of the shop');
  await dialog.getByRole('button', { name: 'Open an address' }).click();
  await expect(dialog.getByText('shown this once')).toBeVisible();
  const address = await dialog.getByLabel('Address', { exact: true }).inputValue();
  const secret = await dialog.getByLabel('Secret', { exact: true }).inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();

  await page.getByText('Orders of the shop').click();
  const sheet = page.getByRole('dialog');
  await expect(sheet.getByText('Waits for the first delivery')).toBeVisible();
  expect(await sheet.textContent()).not.toContain(secret);
  await sheet.getByRole('button', { name: 'Send a test event' }).click();
  await expect(sheet.locator('summary', { hasText: 'irisync.test' })).toBeVisible({ timeout: 15_000 });

  const body = JSON.stringify({ type: 'order.paid' });
  const send = (id: string) =>
    page.request.post(new URL(address).pathname, {
      data: Buffer.from(body),
      headers: signed(secret, id, body),
    });
  expect((await send('order-1')).status()).toBe(200);
  await expect(sheet.locator('summary', { hasText: 'order.paid' })).toBeVisible({ timeout: 15_000 });
  await expect(sheet.getByText('Active', { exact: true })).toBeVisible();

  await sheet.getByRole('switch', { name: /Takes events/ }).click();
  await expect(sheet.getByText('Off', { exact: true })).toBeVisible();
  await expect.poll(async () => (await send('order-2')).status(), { timeout: 15_000 }).toBe(410);
});
