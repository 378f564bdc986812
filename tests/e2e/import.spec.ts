import { expect } from '@playwright/test';
import { anotherBrowser, test } from './support';

test('a table with faulty rows is checked, its good rows are imported, once', async ({ browser, demo }) => {
  const context = await anotherBrowser(browser, demo);
  const page = await context.newPage();
  const stamp = Date.now().toString(36);
  const file = {
    name: 'posts.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      [
        'text,mode,local_time,zone,link',
        `First ${stamp},draft,,,`,
        `Second ${stamp},at,2031-02-30T09:00,Europe/Berlin,`,
        `Third ${stamp},draft,,,javascript:alert(1)`,
        `Fourth ${stamp},draft,,,`,
      ].join('\n'),
    ),
  };
  await page.goto('/posts');
  const choose = async () => {
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('dialog').locator('input[type=file]').setInputFiles(file);
  };
  await choose();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('status')).toContainText('2 of 4 rows can be imported');
  await expect(dialog.getByRole('row', { name: /^3 local_time/ })).toBeVisible();
  await expect(dialog.getByRole('row', { name: /^4 link/ })).toBeVisible();
  await dialog.getByRole('button', { name: 'Import 2 posts' }).click();
  await expect(dialog.getByRole('status')).toContainText('2 posts are imported');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByText(`First ${stamp}`)).toBeVisible();
  await expect(page.getByText(`Fourth ${stamp}`)).toBeVisible();
  await expect(page.getByText(`Third ${stamp}`)).toHaveCount(0);

  await choose();
  await expect(dialog.getByRole('status')).toContainText('2 rows were imported before');
  await expect(dialog.getByRole('button', { name: /^Import \d/ })).toHaveCount(0);
  await context.close();
});
