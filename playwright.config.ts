import { defineConfig } from '@playwright/test';
import chromium from '@sparticuz/chromium';
import { HUBSPOT_APP, HUBSPOT_PORT, STRIPE_APP_PORT, STRIPE_PORT, STRIPE_SECRET } from './tests/e2e/vendors';

const PORT = Number(process.env.E2E_PORT ?? 3200);
const url = `http://localhost:${PORT}`;

function server(port: number, env: Record<string, string>) {
  const address = `http://localhost:${port}`;
  return {
    command: `next start -p ${port}`,
    url: `${address}/api/health`,
    timeout: 60_000,
    reuseExistingServer: false,
    stdout: 'ignore' as const,
    stderr: 'pipe' as const,
    env: {
      NODE_ENV: 'production',
      APP_URL: address,
      ALLOW_SANDBOX: 'true',
      WORKER_INLINE: 'true',
      CRON_SECRET: 'cron-secret-for-tests-only',
      LOG_LEVEL: 'warn',
      FIREBASE_PROJECT_ID: process.env.FIREBASE_PROJECT_ID ?? 'demo-irisync',
      FIRESTORE_EMULATOR_HOST: process.env.FIRESTORE_EMULATOR_HOST ?? '',
      FIREBASE_AUTH_EMULATOR_HOST: process.env.FIREBASE_AUTH_EMULATOR_HOST ?? '',
      MEDIA_DIR: '.irisync/e2e-media',
      // Either server's worker may take a job: both know the CRM.
      HUBSPOT_CLIENT_ID: HUBSPOT_APP.clientId,
      HUBSPOT_CLIENT_SECRET: HUBSPOT_APP.clientSecret,
      HUBSPOT_API_BASE_URL: `http://127.0.0.1:${HUBSPOT_PORT}`,
      HUBSPOT_AUTH_BASE_URL: `http://127.0.0.1:${HUBSPOT_PORT}`,
      ...env,
    },
  };
}

/** The production build in a real browser, against the emulators, with the worker inside the server. */
export default defineConfig({
  testDir: 'tests/e2e',
  globalSetup: './tests/e2e/global-setup.ts',
  outputDir: 'test-results',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  // Two cores: while one waits for the server, the other draws.
  workers: 2,
  // A second try is told as flaky, with its trace.
  retries: process.env.CI === 'true' ? 1 : 0,
  forbidOnly: process.env.CI === 'true',
  reporter: [['list'], ['json']],
  use: {
    baseURL: url,
    // A control that does not come is a fault of the page; the whole test need not wait for it.
    actionTimeout: 20_000,
    // Recording every step takes a tenth of the time: where there is a second try, that one is recorded.
    trace: process.env.CI === 'true' ? 'on-first-retry' : 'retain-on-failure',
    launchOptions: {
      // A headless Chromium that comes through npm: no browser download, no system package.
      executablePath: await chromium.executablePath(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--font-render-hinting=none',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  webServer: [
    server(PORT, {}),
    // The same build with a payment provider, for what the sandbox checkout does not sell.
    server(STRIPE_APP_PORT, {
      STRIPE_SECRET_KEY: 'sk_test_fake',
      STRIPE_WEBHOOK_SECRET: STRIPE_SECRET,
      STRIPE_API_BASE_URL: `http://127.0.0.1:${STRIPE_PORT}`,
    }),
  ],
});
