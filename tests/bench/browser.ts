import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core';
import { DEMO } from '../../scripts/demo';
import { answering, freePort } from './next-app';

const root = resolve(import.meta.dirname, '../..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

/** Why the rows of the browser cannot be measured now, and what would bring them. */
export function missingBuild(): string | undefined {
  return existsSync(join(root, '.next/BUILD_ID')) ? undefined : 'no production build: run npm run build';
}

/** Makes the demo organisation in the emulators of this run. */
export async function seed(): Promise<void> {
  const seeding = spawn(bin('tsx'), ['--conditions=react-server', 'scripts/seed.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_ENV: 'development', MEDIA_DIR: '.irisync/bench-media', LOG_LEVEL: 'error' },
  });
  let complaint = '';
  seeding.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const code = await new Promise<number>((done) => seeding.once('exit', (exit) => done(exit ?? 1)));
  if (code !== 0) throw new Error(`The demo organisation could not be made:\n${complaint.slice(-2_000)}`);
}

export interface ProductServer {
  url: string;
  process: ChildProcess;
}

/** The production server of the build in `.next`, without the worker: the app server alone. */
export async function startProduct(): Promise<ProductServer> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const server = spawn(
    process.execPath,
    [join(root, 'node_modules/next/dist/bin/next'), 'start', '-p', String(port)],
    {
      cwd: root,
      stdio: 'ignore',
      env: {
        ...process.env,
        NODE_ENV: 'production',
        APP_URL: url,
        ALLOW_SANDBOX: 'true',
        CRON_SECRET: 'cron-secret-for-the-bench-only',
        LOG_LEVEL: 'error',
        MEDIA_DIR: join(root, '.irisync/bench-media'),
      },
    },
  );
  await answering(`${url}/api/health`, server);
  return { url, process: server };
}

/** Resident memory of a process and all it started, in MB. */
export function memoryOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return resident / 1024 + children.reduce((sum, child) => sum + memoryOf(Number(child)), 0);
}

export async function launch(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
}

export type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Signs in through the form, as a person would. */
export async function signIn(browser: Browser, url: string): Promise<SignedIn> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('Email').fill(DEMO.email);
  await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(/\/dashboard/, { timeout: 60_000 });
  const state = await context.storageState({ indexedDB: true });
  await context.close();
  return state;
}

/** What the browser says of a page: milliseconds, except `cls`. */
export interface Vitals {
  lcp: number;
  cls: number;
  /** Longest interaction: the 98th percentile and the maximum are the same for so few. */
  inp: number;
}

/** Runs in the page before anything of it does. */
function observe(): void {
  const vitals = { lcp: 0, cls: 0, inp: 0 };
  Object.assign(window, { benchVitals: vitals });
  const watch = (type: string, note: (entry: PerformanceEntry) => void, extra: object = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
      type,
      buffered: true,
      ...extra,
    });
  watch('largest-contentful-paint', (entry) => {
    vitals.lcp = entry.startTime;
  });
  watch('layout-shift', (entry) => {
    const shift = entry as PerformanceEntry & { value: number; hadRecentInput: boolean };
    if (!shift.hadRecentInput) vitals.cls += shift.value;
  });
  watch(
    'event',
    (entry) => {
      if ((entry as PerformanceEntry & { interactionId: number }).interactionId > 0)
        vitals.inp = Math.max(vitals.inp, entry.duration);
    },
    { durationThreshold: 16 },
  );
}

export async function observedPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  // The compiler that runs this file marks functions with a name helper, which a page does not have.
  await page.addInitScript('globalThis.__name = (fn) => fn;');
  await page.addInitScript(observe);
  return page;
}

export const vitalsOf = (page: Page) =>
  page.evaluate(() => ({ ...(window as unknown as { benchVitals: Vitals }).benchVitals }));

/** Bytes of JavaScript as they came over the wire, compressed, by address. It grows while the page loads. */
export async function watchScripts(page: Page): Promise<ReadonlyMap<string, number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const addresses = new Map<string, string>();
  const bytes = new Map<string, number>();
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (/javascript/.test(response.mimeType)) addresses.set(requestId, response.url);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const address = addresses.get(requestId);
    if (address) bytes.set(address, encodedDataLength);
  });
  return bytes;
}

/** The scripts a document names, without those for browsers that know no modules. */
export function scriptsNamedIn(html: string, url: string): string[] {
  const tags = html.match(/<script\b[^>]*>/g) ?? [];
  return tags.flatMap((tag) => {
    const source = / src="([^"]+)"/.exec(tag)?.[1];
    return source && !/ nomodule/i.test(tag) ? [new URL(source.replaceAll('&amp;', '&'), url).href] : [];
  });
}
