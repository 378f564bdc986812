import { expect } from '@playwright/test';
import { newOwner } from './billing';
import { HubSpotWithConsent } from './hubspot';
import { test } from './support';
import { HUBSPOT_PORT } from './vendors';

/** A CRM from the first click to a decision: connected, mapped, previewed, synced, and both sides brought together. */
test.describe('a CRM', () => {
  const hubspot = new HubSpotWithConsent({ now: () => new Date() });
  test.beforeAll(() => hubspot.start(HUBSPOT_PORT));
  test.afterAll(() => hubspot.stop());

  test('is connected over its consent page, mapped, previewed, synced and agreed with', async ({ page }) => {
    test.slow();
    const ada = hubspot.add('contacts', {
      firstname: 'Ada',
      lastname: 'Lovelace',
      email: 'ada@example.com',
      jobtitle: 'Analyst',
      lifecyclestage: 'lead',
    });
    hubspot.add('contacts', { firstname: 'Grace', lastname: 'Hopper', email: 'grace@example.com' });
    await newOwner(page);

    // Refused at the vendor's, it says so and connects nothing; allowed, the records come by themselves.
    for (const answer of ['Cancel', 'Connect app'] as const) {
      await page.goto('/integrations');
      await page.getByRole('button', { name: 'Connect HubSpot' }).click();
      await page.getByRole('button', { name: 'Continue to HubSpot' }).click();
      await expect(page.getByRole('heading', { name: 'IriSync asks for your records' })).toBeVisible();
      await page.getByRole('link', { name: answer }).click();
      await expect(page).toHaveURL(/localhost.*\/integrations/);
      if (answer === 'Cancel') await expect(page.getByText('It was not connected')).toBeVisible();
    }
    await expect(page.getByText('Connected. Its records can be synced now.')).toBeVisible();
    await page
      .getByRole('link', { name: /HubSpot/ })
      .first()
      .click();
    await expect(page.getByText(/2 read, 2 new/).first()).toBeVisible({ timeout: 30_000 });
    const connection = page.url();

    // A field of theirs becomes one of ours, tried on a record of theirs while it is written.
    await page.locator('a[href*="/mapping?entity=contact"]').click();
    await page.getByRole('button', { name: 'Add mapping' }).click();
    await page.getByLabel('Field of the vendor').fill('properties.favouritecolour');
    await page.getByLabel('Field here').first().fill('colour');
    await page.keyboard.press('Escape');
    hubspot.edit('contacts', ada.id, { favouritecolour: 'green' });
    await page.getByRole('button', { name: 'Save and sync anew' }).click();
    await expect(page.getByText('Mappings saved.').first()).toBeVisible();

    // What a sync would do is said before it does it, and is what it then does.
    await page.goto(connection);
    await page.getByRole('button', { name: 'Preview' }).click();
    await expect(page.getByText('colour').first()).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.goto('/crm');
    await page.getByText('Ada Lovelace').click();
    await expect(page.getByText('green')).toBeVisible({ timeout: 30_000 });

    // Changed on both sides, differently: a person decides, and the vendor hears of it.
    hubspot.edit('contacts', ada.id, { jobtitle: 'Countess' });
    await page.getByRole('button', { name: 'Change jobTitle' }).click();
    await page.getByRole('textbox', { name: 'jobTitle' }).fill('Programmer');
    await page.keyboard.press('Enter');
    await page.goto(connection);
    await page.getByRole('radio', { name: /Programmer/ }).check({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect
      .poll(() => hubspot.records.contacts.get(ada.id)?.properties.jobtitle, { timeout: 30_000 })
      .toBe('Programmer');

    await page.goto('/dashboard');
    await expect(page.getByRole('heading', { name: /CRM/ })).toBeVisible();
  });
});
