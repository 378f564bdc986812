import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { SCREENS, type Screen } from './screens';
import { test } from './support';

/** `SCREENSHOTS=1` also keeps a picture of each, at three widths in light and dark, in .irisync/screenshots. */
const keep = process.env.SCREENSHOTS === '1';
const folder = '.irisync/screenshots';
const WIDTHS = [360, 768, 1440] as const;
const THEMES = ['light', 'dark'] as const;

async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  // Skeletons mark themselves busy; what is judged is the loaded screen.
  await expect(page.locator('[aria-busy="true"], .animate-pulse')).toHaveCount(0);
}

async function check(page: Page, screen: Screen, width: number, theme: string): Promise<void> {
  await page.setViewportSize({ width, height: width < 500 ? 780 : 900 });
  await page.emulateMedia({ colorScheme: theme as 'light' | 'dark', reducedMotion: 'reduce' });
  await settled(page);
  if (keep) {
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: `${folder}/${screen.name}-${width}-${theme}.png`, fullPage: true });
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, `${screen.name} scrolls sideways at ${width}px`).toBeLessThanOrEqual(0);
  // The frames of the mail preview run no script, the checker's neither.
  const builder = new AxeBuilder({ page })
    .setLegacyMode(true)
    // Naming all that is well takes half of the time.
    .options({ iframes: false, resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
  const { violations } = await builder.analyze();
  const told = violations.map(
    (rule) => `${rule.id}: ${rule.nodes.map((node) => node.target.join(' ')).join(' | ')}`,
  );
  expect(told, `${screen.name} at ${width}px, ${theme}`).toEqual([]);
}

/** Where a path names something of the demo organisation's, such as `:post`, the first there is. */
const FIRST: Readonly<Record<string, string>> = {
  ':post': '/api/posts?limit=1',
  ':integration': '/api/integrations?limit=1',
  ':contact': '/api/crm/records?entity=contact&limit=1',
};

async function addressOf(page: Page, path: string): Promise<string> {
  const [name] = Object.keys(FIRST).filter((one) => path.includes(one));
  if (!name) return path;
  const answer = await page.request.get(FIRST[name] ?? '');
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return path.replace(name, items[0]?.id ?? 'none');
}

// Sixty screens that know nothing of each other: they fill whichever browser is free.
test.describe.configure({ mode: 'parallel' });

for (const signedIn of [false, true]) {
  test.describe(signedIn ? 'signed in' : 'public', () => {
    const screens = SCREENS.filter((screen) => screen.signedIn === signedIn);
    for (const screen of screens) {
      test(`${screen.name} is accessible and fits`, async ({ page: stranger, inside }) => {
        const page = signedIn ? await inside.newPage() : stranger;
        const faults: string[] = [];
        page.on('pageerror', (error) => faults.push(error.message));
        page.on('console', (message) => {
          // The checker tries the frames of the mail preview too, which run no script.
          if (message.type() === 'error' && !/404|'about:srcdoc'/.test(message.text()))
            faults.push(message.text());
        });
        const answer = await page.goto(await addressOf(page, screen.path));
        expect(answer?.status(), 'the server could draw it').toBeLessThan(500);
        if (signedIn) await expect(page).not.toHaveURL(/sign-in/);
        const combinations = keep
          ? WIDTHS.flatMap((width) => THEMES.map((theme) => [width, theme] as const))
          : ([
              [1440, 'light'],
              [360, 'dark'],
            ] as const);
        for (const [width, theme] of combinations) await check(page, screen, width, theme);
        expect(faults, 'the console stays clean').toEqual([]);
        await page.close();
      });
    }
  });
}
