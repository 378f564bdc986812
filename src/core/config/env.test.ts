import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, envSchema, parseEnv, sandboxAllowed } from './env';

const example = readFileSync('.env.example', 'utf8');
const exampleKeys = [...example.matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map((found) => found[1] ?? '');

describe('.env.example', () => {
  it('names exactly the settings the schema knows, once each', () => {
    expect([...exampleKeys].sort()).toEqual(Object.keys(envSchema.shape).sort());
  });

  it('is a valid environment as it stands', () => {
    const values = Object.fromEntries(
      [...example.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map((found) => [found[1], found[2]]),
    );
    expect(() => parseEnv(values)).not.toThrow();
  });
});

describe('parseEnv', () => {
  it('needs nothing for development', () => {
    expect(parseEnv({}).FIREBASE_PROJECT_ID).toBe('demo-irisync');
  });

  it('lists every problem at once', () => {
    const wrong = () =>
      parseEnv({ APP_URL: 'ftp://x', CRON_SECRET: 'short', REDIS_URL: 'http://x', LOG_LEVEL: 'loud' });
    expect(wrong).toThrow(EnvironmentError);
    try {
      wrong();
    } catch (error) {
      const { problems } = error as EnvironmentError;
      for (const key of ['APP_URL', 'CRON_SECRET', 'REDIS_URL', 'LOG_LEVEL']) {
        expect(problems.some((problem) => problem.startsWith(key))).toBe(true);
      }
    }
  });

  it('refuses a production without keys, and half a service account', () => {
    expect(() => parseEnv({ NODE_ENV: 'production' })).toThrow(/ENCRYPTION_KEYS/);
    expect(() => parseEnv({ FIREBASE_CLIENT_EMAIL: 'a@b' })).toThrow(/belong together/);
    expect(() => parseEnv({ FIRESTORE_EMULATOR_HOST: '127.0.0.1:8080' })).toThrow(/belong together/);
    expect(() => parseEnv({ VAPID_SUBJECT: 'mailto:a@b.example' })).toThrow(/all three or none/);
  });

  it('lets no token of Salesforce travel unencrypted but to this machine', () => {
    const at = (url: string) => parseEnv({ SALESFORCE_PUBSUB_URL: url }).SALESFORCE_PUBSUB_URL;
    expect(at('')).toBe('https://api.pubsub.salesforce.com:7443');
    expect(at('http://127.0.0.1:7443')).toBe('http://127.0.0.1:7443');
    for (const url of [
      'http://api.pubsub.salesforce.com:7443',
      'http://127.0.0.1.example.com',
      'http://127.0.0.1@x.test',
    ])
      expect(() => at(url)).toThrow('https://');
  });

  it('takes a blank as not set', () => {
    expect(parseEnv({ OPENAI_API_KEY: '  ', REDIS_URL: '' })).toMatchObject({
      OPENAI_API_KEY: undefined,
      REDIS_URL: undefined,
    });
  });
});

describe('sandboxAllowed', () => {
  const production = {
    NODE_ENV: 'production',
    FIREBASE_PROJECT_ID: 'real',
    ENCRYPTION_KEYS: '1:abc',
    FIREBASE_WEB_API_KEY: 'k',
  };

  it('is refused in production unless the operator says so', () => {
    expect(sandboxAllowed(parseEnv({}))).toBe(true);
    expect(sandboxAllowed(parseEnv(production))).toBe(false);
    expect(sandboxAllowed(parseEnv({ ...production, ALLOW_SANDBOX: 'true' }))).toBe(true);
  });
});
