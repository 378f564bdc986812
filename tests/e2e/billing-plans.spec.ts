import { expect, type Page } from '@playwright/test';
import { FakeStripe } from '@tests/fakes/stripe/server';
import Stripe from 'stripe';
import { newOwner, shows } from './billing';
import { test } from './support';
import { STRIPE_PORT, STRIPE_SECRET, stripeAppUrl } from './vendors';

test.describe('with Stripe', () => {
  let stripe: FakeStripe;
  test.beforeAll(async () => {
    stripe = await new FakeStripe().start(STRIPE_PORT);
  });
  test.afterAll(async () => {
    await stripe.stop();
  });

  /** The payer's page and Stripe's calls: the browser never leaves this machine. */
  async function payAtStripe(page: Page): Promise<void> {
    await page.context().route('https://checkout.stripe.com/**', async (route) => {
      const sessionId = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
      const session = stripe.account.get<Stripe.Checkout.Session>(sessionId);
      for (const event of stripe.account.pay(sessionId)) {
        const payload = JSON.stringify(event);
        const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: STRIPE_SECRET });
        const answer = await fetch(`${stripeAppUrl}/api/webhooks/stripe`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'stripe-signature': signature },
          body: payload,
        });
        expect(answer.status).toBe(200);
      }
      await route.fulfill({ status: 302, headers: { location: session.success_url ?? '' } });
    });
  }

  test('a plan is started, raised and lowered, with its price shown before', async ({ page }) => {
    await payAtStripe(page);
    await newOwner(page, stripeAppUrl);
    await page.goto(`${stripeAppUrl}/billing`);
    await page.getByRole('button', { name: 'Change plan' }).click();
    await page.getByRole('radio', { name: /^Creator/ }).check();
    const preview = page.getByRole('region', { name: 'What it costs' });
    await expect(preview).toContainText('$19.00');
    await page.getByRole('button', { name: 'Go to checkout' }).click();
    await expect(page.getByText('Your plan is starting')).toBeVisible();
    // The month began with the workspace, seconds ago: 450 more for what is left of it, rounded down.
    await shows(page, '499');

    const watching = await page.context().newPage();
    await watching.goto(`${stripeAppUrl}/tokens`);
    await shows(watching, '499');
    await page.getByRole('link', { name: 'Go to billing' }).click();
    await page.getByRole('button', { name: 'Change plan' }).click();
    await page.getByRole('radio', { name: /^Influencer/ }).check();
    await expect(preview).toContainText('In force at once');
    await expect(preview).toContainText('Tokens added now');
    await page.getByRole('button', { name: 'Pay and change now' }).click();
    await expect(page.getByText(/Your plan was changed\. .*tokens were added/)).toBeVisible();
    // The other page was not touched.
    await shows(watching, '1,498');

    await page.getByRole('button', { name: 'Change plan' }).click();
    await page.getByRole('radio', { name: /^Free/ }).check();
    await expect(preview).toContainText('Until then you keep what you have');
    await page.getByRole('button', { name: 'End the plan' }).click();
    await expect(page.getByText(/Your plan ends on/)).toBeVisible();
    await expect(page.getByRole('table', { name: 'Invoices' }).getByText('Paid').first()).toBeVisible();
  });
});
