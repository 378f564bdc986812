import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { signIn as tokenOf } from '@tests/support/accounts';
import type { Browser, Page } from 'playwright-core';
import type { Post } from '@/features/content/schema';
import { DEMO } from '../../scripts/demo';
import {
  launch,
  memoryOf,
  missingBuild,
  observedPage,
  type ProductServer,
  type SignedIn,
  scriptsNamedIn,
  seed,
  signIn,
  startProduct,
  type Vitals,
  vitalsOf,
  watchScripts,
} from './browser';
import { absentRow, type BenchRow, limitRow, median, percentile } from './harness';

/**
 * The production build in a real browser on the seeded demo organisation: what is downloaded, how soon it is there, how still
 * it stands, how fast it answers, how soon a write shows, and what the server weighs afterwards.
 */
const VISITS = 5;
const UPDATES = 40;
const IDLE_MS = 15_000;
const kB = 1_000;

const SCRIPTS = (page: string) => `first-load JavaScript of ${page}, as sent (compressed)`;
const LCP = 'LCP of the seeded dashboard (median of visits, cold browser cache)';
const CLS = 'CLS of the seeded dashboard (worst visit)';
const INP = 'INP of the seeded dashboard (slowest interaction of a visit, median of visits)';
const LIVE = 'write through the API → visible on the dashboard (p95)';
const MEMORY = 'resident memory of the app server, idle after these visits';

export async function run(): Promise<BenchRow[]> {
  const missing = missingBuild();
  if (missing)
    return [
      absentRow(SCRIPTS('/dashboard'), 'kB', 200, missing),
      absentRow(SCRIPTS('the marketing home'), 'kB', 100, missing),
      absentRow(LCP, 'ms', 1_500, missing),
      absentRow(CLS, 'score', 0.02, missing),
      absentRow(INP, 'ms', 100, missing),
      absentRow(LIVE, 'ms', 1_000, missing),
      absentRow(MEMORY, 'MB', 300, missing),
    ];
  await seed();
  const server = await startProduct();
  const browser = await launch();
  try {
    const demo = await signIn(browser, server.url);
    const rows = [
      await scripts('/dashboard', `${server.url}/dashboard`, 200, browser, demo),
      await scripts('the marketing home', `${server.url}/`, 100, browser),
      ...(await vitals(browser, server.url, demo)),
      await liveUpdates(browser, server.url, demo),
    ];
    await browser.close();
    return [...rows, await idleMemory(server)];
  } finally {
    await browser.close();
    server.process.kill('SIGTERM');
  }
}

const settled = async (page: Page) => {
  await page.waitForLoadState('load');
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
};

/**
 * What the document itself names and therefore everybody waits for; beside it what was there when the page stood, and what came
 * in the seconds after that (neighbouring pages, fetched ahead).
 */
async function scripts(
  name: string,
  url: string,
  target: number,
  browser: Browser,
  storageState?: SignedIn,
): Promise<BenchRow> {
  const context = await browser.newContext(storageState ? { storageState } : {});
  const page = await observedPage(context);
  const sent = await watchScripts(page);
  const document = await page.goto(url);
  const named = scriptsNamedIn((await document?.text()) ?? '', url);
  await settled(page);
  const standing = sum(sent.values());
  await delay(3_000);
  const first = named.map((address) => sent.get(address) ?? Number.NaN);
  const quiet = sum(sent.values());
  await context.close();
  return limitRow(SCRIPTS(name), 'kB', sum(first) / kB, target, {
    files: named.length,
    standingKB: standing / kB,
    threeSecondsLaterKB: quiet / kB,
  });
}

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

async function vitals(browser: Browser, url: string, storageState: SignedIn): Promise<BenchRow[]> {
  const visits: Vitals[] = [];
  for (let visit = -1; visit < VISITS; visit += 1) {
    const context = await browser.newContext({ storageState, viewport: { width: 1440, height: 900 } });
    const page = await observedPage(context);
    await page.goto(`${url}/dashboard`);
    await settled(page);
    await delay(1_000);
    const { lcp, cls } = await vitalsOf(page);
    await interact(page);
    const { inp } = await vitalsOf(page);
    await context.close();
    if (visit >= 0) visits.push({ lcp, cls, inp });
  }
  const all = (what: keyof Vitals) => visits.map((visit) => visit[what]);
  const facts = (what: keyof Vitals) => ({
    best: Math.min(...all(what)),
    worst: Math.max(...all(what)),
    visits: VISITS,
  });
  return [
    limitRow(LCP, 'ms', median(all('lcp')), 1_500, facts('lcp')),
    limitRow(CLS, 'score', Math.max(...all('cls')), 0.02, { median: median(all('cls')) }),
    limitRow(INP, 'ms', median(all('inp')), 100, facts('inp')),
  ];
}

/** What people do on a dashboard: another period, arranging, the command palette. */
async function interact(page: Page): Promise<void> {
  for (const days of ['7 days', '90 days', '28 days']) {
    await page.getByText(days, { exact: true }).first().click({ timeout: 10_000 });
    await delay(250);
  }
  await page.getByRole('button', { name: 'Arrange' }).click({ timeout: 10_000 });
  await delay(500);
  await page.getByRole('button', { name: 'Cancel' }).click({ timeout: 10_000 });
  await page.keyboard.press('Control+k');
  await delay(300);
  await page.keyboard.type('post');
  await page.keyboard.press('Escape');
  await delay(500);
}

/** Changes a planned post through the API again and again while the dashboard is open. */
async function liveUpdates(browser: Browser, url: string, storageState: SignedIn): Promise<BenchRow> {
  const context = await browser.newContext({ storageState });
  const page = await observedPage(context);
  await page.goto(`${url}/dashboard`);
  await settled(page);
  const headers = {
    authorization: `Bearer ${await tokenOf(DEMO.email, DEMO.password)}`,
    'content-type': 'application/json',
  };
  const listed = await fetch(`${url}/api/posts?status=scheduled&limit=50`, { headers });
  const { items } = (await listed.json()) as { items: Post[] };
  const next = items.toSorted((a, b) => String(a.schedule.dueAt).localeCompare(String(b.schedule.dueAt)))[0];
  if (!next) throw new Error('The demo organisation plans no post.');
  const waits: number[] = [];
  const answered: number[] = [];
  let version = next.version;
  for (let turn = -3; turn < UPDATES; turn += 1) {
    const text = `live ${randomUUID()}`;
    const seen = page.evaluate(
      (wanted) =>
        new Promise<number>((done) => {
          const look = () => {
            if (!document.body.textContent?.includes(wanted)) return;
            watcher.disconnect();
            done(Date.now());
          };
          const watcher = new MutationObserver(look);
          watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
          look();
        }),
      text,
    );
    // The observer is in place once the page has answered something asked after it.
    await page.evaluate(() => 0);
    const startedAt = Date.now();
    const answer = await fetch(`${url}/api/posts/${next.id}`, {
      method: 'PATCH',
      headers: { ...headers, 'if-match': `"${version}"` },
      body: JSON.stringify({ master: { ...next.master, text } }),
    });
    const body = await answer.text();
    if (!answer.ok) throw new Error(`The post could not be changed: ${body.slice(0, 500)}`);
    const answeredAt = Date.now();
    version += 1;
    const seenAt = await Promise.race([seen, delay(20_000).then(() => Number.POSITIVE_INFINITY)]);
    if (!Number.isFinite(seenAt)) throw new Error('A change never came to the dashboard.');
    if (turn < 0) continue;
    waits.push(seenAt - startedAt);
    answered.push(answeredAt - startedAt);
    await delay(250);
  }
  await context.close();
  return limitRow(LIVE, 'ms', percentile(waits, 0.95), 1_000, {
    p50: median(waits),
    apiAnswerP50: median(answered),
    updates: UPDATES,
  });
}

async function idleMemory({ process }: ProductServer): Promise<BenchRow> {
  await delay(IDLE_MS);
  const value = memoryOf(process.pid ?? 0);
  return limitRow(MEMORY, 'MB', value, 300, { idleSeconds: IDLE_MS / 1_000 });
}
