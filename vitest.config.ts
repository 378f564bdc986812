import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Packages that exist only to break a wrong import at build time have nothing to do in tests. */
const alias = { '@': at('./src'), '@tests': at('./tests'), 'server-only': at('./tests/server-only.ts') };

const project = (name: string, include: string[], extra: Record<string, unknown> = {}) => ({
  resolve: { alias },
  test: {
    ...{ name, include, environment: 'node', env: { LOG_LEVEL: 'silent' } },
    // A second, as it is by default, says more of the machine than of the product.
    expect: { poll: { timeout: 10_000 } },
    ...extra,
  },
});

/**
 * Files that set the environment or the services the product starts with, end processes of a whole deployment, or measure
 * memory: each in a process of its own. All others share processes one after another, which spares them loading the product
 * each time.
 */
const ALONE = [
  'ai-sandbox',
  'billing-plans',
  'billing-purchases',
  'billing-sandbox',
  'billing-webhook',
  'content-media-memory',
  'digest',
  'feeds',
  'integrations-mapper',
  'integrations-whole',
  'mail',
  'publishing-cron',
  'publishing-kill',
  'publishing-outcomes',
  'publishing-races',
  'publishing',
  'push-api',
  'push',
].map((name) => `tests/emulator/${name}.test.ts`);

/** Leases, deadlines and killed processes are real, and a shared machine stalls at times. Who needed a second try is named. */
const SECOND_TRY = process.env.CI === 'true' ? 1 : 0;

/** Emulator suites share one emulator; each test file keeps to its own random organisations, so files may run side by side. */
const emulated = {
  setupFiles: [at('./tests/emulator-env.ts')],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  maxWorkers: 2,
  retry: SECOND_TRY,
};

export default defineConfig({
  test: {
    globalSetup: [at('./tests/media-folder.ts')],
    projects: [
      project(
        'unit',
        ['src/**/*.test.ts', 'src/**/*.test.tsx', 'scripts/**/*.test.ts', 'tests/indexes/**/*.test.ts'],
        {
          testTimeout: 15_000,
          isolate: false,
        },
      ),
      project('contract', ['tests/contract/**/*.test.ts'], {
        testTimeout: 30_000,
        isolate: false,
        retry: SECOND_TRY,
      }),
      project('emulator', ['tests/emulator/**/*.test.ts'], { ...emulated, isolate: false, exclude: ALONE }),
      // One long file: others fill the time beside it.
      project('rules', ['tests/rules/**/*.test.ts'], { ...emulated, isolate: false }),
      project('emulator-alone', ALONE, emulated),
    ],
  },
});
