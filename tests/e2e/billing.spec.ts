import { expect, type Page } from '@playwright/test';
import { newOwner, shows } from './billing';
import { test } from './support';

async function toCheckout(page: Page): Promise<void> {
  await page.getByRole('radio', { name: /^100 tokens/ }).check();
  await page.getByRole('button', { name: 'Buy 100 for $6.00' }).click();
  await expect(page.getByRole('heading', { name: 'Practice checkout' })).toBeVisible();
}

test('tokens are bought in the sandbox; declined and abandoned say what happened', async ({
  page,
  context,
}) => {
  await newOwner(page);
  await page.goto('/tokens');
  await shows(page, '50');
  const watching = await context.newPage();
  await watching.goto('/tokens');
  await shows(watching, '50');

  await toCheckout(page);
  await page.getByRole('button', { name: 'Let the card be declined' }).click();
  await expect(page.getByText('The card was declined. Nothing was charged.')).toBeVisible();
  await page.getByRole('button', { name: 'Leave without paying' }).click();
  await expect(page.getByText('You left the checkout')).toBeVisible();
  await shows(page, '50');

  await page.getByRole('link', { name: 'Try again' }).click();
  await toCheckout(page);
  await page.getByRole('button', { name: 'Pay $6.00' }).click();
  await expect(page.getByText('100 tokens are on your balance')).toBeVisible();
  await shows(page, '150');
  // The other page was not touched.
  await shows(watching, '150');

  // Coming back to the same address credits nothing more.
  await page.reload();
  await expect(page.getByText('100 tokens are on your balance')).toBeVisible();
  await shows(page, '150');

  await page.goto('/billing');
  const purchases = page.getByRole('table', { name: 'Purchases' });
  await expect(purchases.getByText('Paid', { exact: true })).toHaveCount(1);
  await expect(page.getByText('Plans can be changed once the operator')).toBeVisible();
});
