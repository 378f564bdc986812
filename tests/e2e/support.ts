import { type Browser, type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { DEMO } from '../../scripts/demo';

type SignedInState = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Sign-ins are limited for each address on the network; every browser of the tests has its own, as people have. */
async function atItsOwnAddress(context: BrowserContext): Promise<BrowserContext> {
  const part = () => 1 + Math.floor(Math.random() * 250);
  const address = `203.0.${part()}.${part()}`;
  await context.route('**/api/**', (route) =>
    route.continue({ headers: { ...route.request().headers(), 'x-forwarded-for': address } }),
  );
  return context;
}

/** Another person at another machine. */
export const anotherBrowser = async (browser: Browser, storageState?: SignedInState) =>
  atItsOwnAddress(await browser.newContext(storageState ? { storageState } : {}));

export const test = base.extend<object, { demo: SignedInState; inside: BrowserContext }>({
  context: async ({ context }, use) => use(await atItsOwnAddress(context)),
  /** The demo person's browser after signing in, once for all tests that only need to be inside. */
  demo: [
    async ({ browser }, use) => {
      const context = await anotherBrowser(browser);
      await signInAsDemo(await context.newPage());
      const state = await context.storageState({ indexedDB: true });
      await context.close();
      await use(state);
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  /** One browser of the demo person for tests that only look: what it loaded once it keeps, as people's browsers do. */
  inside: [
    async ({ browser, demo }, use) => {
      const context = await browser.newContext({ storageState: demo });
      await use(context);
      await context.close();
    },
    { scope: 'worker' },
  ],
});

/** Signs in through the form, as a person would. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  const { baseURL } = test.info().project.use;
  await page.goto(new URL('/sign-in', baseURL).href);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(/\/dashboard/, { timeout: 30_000 });
}

export const signInAsDemo = (page: Page) => signIn(page, DEMO.email, DEMO.password);

/** Plans decide how many people fit; this one has room. What billing does otherwise, done on the emulator directly. */
export async function makeRoom(page: Page): Promise<void> {
  const response = await page.request.get('/api/auth/session');
  const { organizations } = (await response.json()) as { organizations: { id: string }[] };
  const host = process.env.FIRESTORE_EMULATOR_HOST;
  const project = process.env.FIREBASE_PROJECT_ID ?? 'demo-irisync';
  const path = `projects/${project}/databases/(default)/documents/organizations/${organizations[0]?.id}`;
  const updated = await page.request.patch(`http://${host}/v1/${path}?updateMask.fieldPaths=billing.tier`, {
    headers: { authorization: 'Bearer owner' },
    data: { fields: { billing: { mapValue: { fields: { tier: { stringValue: 'enterprise' } } } } } },
  });
  expect(updated.ok()).toBe(true);
}
