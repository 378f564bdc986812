import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FakeKms } from '@tests/fakes/kms';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseEnv } from '@/core/config/env';
import { ServiceUnavailableError } from '@/core/errors';
import { FixedClock } from '@/core/time/clock';
import { buildEncryption } from './build';
import { crc32c } from './crc32c';
import { EncryptionService, UndecryptableError } from './encryption';
import { KmsKeys, kmsClient } from './kms-keys';
import { developmentKeys, LocalKeyRing, parseKeyRing } from './local-keys';
import { type CheckpointStore, reencryptStore, type SecretStore, type StoredSecret } from './reencryption';
import { hashSecret, hmacSign, sha256hex } from './secrets';

const key = (version: number) => ({ version, key: randomBytes(32) });

describe('local key ring', () => {
  it('reads several versions, newest first', () => {
    const text = `2:${randomBytes(32).toString('base64')}, 1:${randomBytes(32).toString('base64')}`;
    expect(parseKeyRing(text).map(({ version }) => version)).toEqual([2, 1]);
  });

  it.each([
    '',
    'abc',
    '1:short',
    `0:${randomBytes(32).toString('base64')}`,
    `1:${randomBytes(16).toString('base64')}`,
  ])('refuses %j without repeating it', (text) => {
    expect(() => parseKeyRing(text)).toThrow(/ENCRYPTION_KEYS, entry 1/);
    if (text.length > 10) expect(() => parseKeyRing(text)).not.toThrow(text);
  });

  it('refuses one version twice', () => {
    const one = `1:${randomBytes(32).toString('base64')}`;
    expect(() => parseKeyRing(`${one},${one}`)).toThrow(/twice/);
  });

  it('reads old payloads after a rotation and moves them to the new key', async () => {
    const [old, fresh] = [key(1), key(2)];
    const payload = await new EncryptionService(new LocalKeyRing([old])).encrypt('token', 'c');
    const rotated = new EncryptionService(new LocalKeyRing([fresh, old]));
    expect(await rotated.decrypt(payload, 'c')).toBe('token');
    expect(await rotated.needsRotation(payload)).toBe(true);
    const moved = await rotated.reencrypt(payload, 'c');
    expect(moved).toMatch(/^v2:/);
    expect(await rotated.needsRotation(moved)).toBe(false);
    expect(await rotated.reencrypt(moved, 'c')).toBe(moved);
    const withoutOld = new EncryptionService(new LocalKeyRing([fresh]));
    expect(await withoutOld.decrypt(moved, 'c')).toBe('token');
    await expect(withoutOld.decrypt(payload, 'c')).rejects.toThrow(UndecryptableError);
  });

  it('says nothing about the secret in its error', async () => {
    const service = new EncryptionService(new LocalKeyRing([key(1)]));
    const payload = await service.encrypt('hunter2', 'right');
    const error = await service
      .decrypt(payload, 'wrong')
      .catch((thrown: unknown) => thrown as UndecryptableError);
    expect(error).toMatchObject({ code: 'internal', severity: 'critical' });
    expect(JSON.stringify(error)).not.toContain(payload.split(':')[2]);
  });
});

describe('development keys', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'irisync-keys-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('are made once, private to their owner, and found again', () => {
    const file = path.join(folder, 'nested', 'dev-keys');
    const first = developmentKeys(file);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(developmentKeys(file)).toEqual(first);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['dev-keys']);
  });

  it('are never made in production', () => {
    const env = parseEnv({ NODE_ENV: 'development' });
    expect(() => buildEncryption({ ...env, NODE_ENV: 'production' }, path.join(folder, 'k'))).toThrow(
      /ENCRYPTION_KEYS/,
    );
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

describe('Cloud KMS', () => {
  const kms = new FakeKms();
  beforeAll(() => kms.start());
  afterAll(() => kms.stop());
  beforeEach(() => {
    kms.calls.length = 0;
  });
  afterEach(() => {
    kms.down = false;
    kms.corrupt = false;
  });
  const service = (clock = new FixedClock('2026-01-01')) =>
    new EncryptionService(new KmsKeys(kms.keyName, kmsClient({ endpoint: kms.url }), clock, 500));

  it('wraps one data key per context and needs one call for many values', async () => {
    const one = service();
    const payloads = await Promise.all(['a', 'b', 'c'].map((value) => one.encrypt(value, 'platform_x_1')));
    expect(kms.calls).toEqual([':encrypt']);
    expect(payloads[0]).toMatch(/^v1\.[\w-]+:[\w-]+:[\w-]+:[\w-]+$/);
    const other = service();
    const read = await Promise.all(payloads.map((payload) => other.decrypt(payload, 'platform_x_1')));
    expect(read).toEqual(['a', 'b', 'c']);
    expect(kms.calls).toEqual([':encrypt', ':decrypt']);
  });

  it('binds the wrapped key to its context in KMS itself', async () => {
    const payload = await service().encrypt('a', 'platform_x_1');
    await expect(service().decrypt(payload, 'platform_x_2')).rejects.toThrow(UndecryptableError);
  });

  it('notices a new primary version and moves payloads to it', async () => {
    const payload = await service().encrypt('token', 'c');
    const clock = new FixedClock('2026-01-01');
    const running = service(clock);
    expect(await running.needsRotation(payload)).toBe(false);
    kms.rotate();
    clock.advance(6 * 60_000);
    expect(await running.needsRotation(payload)).toBe(true);
    const moved = await running.reencrypt(payload, 'c');
    expect(await running.needsRotation(moved)).toBe(false);
    expect(await running.decrypt(moved, 'c')).toBe('token');
  });

  it('fails loudly when KMS is down, and works again afterwards', async () => {
    const stored = await service().encrypt('a', 'c');
    const one = service();
    kms.down = true;
    await expect(one.encrypt('a', 'c')).rejects.toThrow(ServiceUnavailableError);
    // The secret is not lost: nobody must be told to connect the account again.
    await expect(one.decrypt(stored, 'c')).rejects.toThrow(ServiceUnavailableError);
    kms.down = false;
    expect(await one.decrypt(stored, 'c')).toBe('a');
    expect(await one.decrypt(await one.encrypt('b', 'c'), 'c')).toBe('b');
  });

  it('refuses an answer that was damaged on the way', async () => {
    kms.corrupt = true;
    await expect(service().encrypt('a', 'c')).rejects.toThrow(/damaged/);
  });

  it('still reads what the local key ring wrote before the move to KMS', async () => {
    const ring = new LocalKeyRing([key(3)]);
    const payload = await new EncryptionService(ring).encrypt('token', 'c');
    const moved = new EncryptionService(new KmsKeys(kms.keyName, kmsClient({ endpoint: kms.url })), [ring]);
    expect(await moved.decrypt(payload, 'c')).toBe('token');
    expect(await moved.needsRotation(payload)).toBe(true);
    expect(await moved.decrypt(await moved.reencrypt(payload, 'c'), 'c')).toBe('token');
  });

  it('uses the standard CRC-32C', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });
});

describe('re-encryption', () => {
  function stores(secrets: StoredSecret[]) {
    const rows = new Map(secrets.map((secret) => [secret.id, secret]));
    const saved: (string | null)[] = [];
    const store: SecretStore = {
      name: 'credentials',
      page: async (afterId, limit) =>
        [...rows.values()].filter((row) => afterId === null || row.id > afterId).slice(0, limit),
      replace: async (id, expected, payload) => {
        const row = rows.get(id);
        if (row?.payload !== expected) return false;
        rows.set(id, { ...row, payload });
        return true;
      },
    };
    const checkpoints: CheckpointStore = {
      load: async () => saved.at(-1) ?? null,
      save: async (_name, afterId) => void saved.push(afterId),
    };
    return { rows, store, checkpoints, saved };
  }

  it('moves everything, stops when time is up, goes on later, and leaves the unreadable alone', async () => {
    const [old, fresh] = [key(1), key(2)];
    const before = new EncryptionService(new LocalKeyRing([old]));
    const secrets: StoredSecret[] = [];
    for (let index = 0; index < 250; index += 1) {
      const id = `s${String(index).padStart(3, '0')}`;
      secrets.push({
        id,
        context: `ctx_${id}`,
        payload: await before.encrypt(`secret ${index}`, `ctx_${id}`),
      });
    }
    const lost = secrets[120];
    if (lost) secrets[120] = { ...lost, context: 'another' };
    const { rows, store, checkpoints, saved } = stores(secrets);
    const service = new EncryptionService(new LocalKeyRing([fresh, old]));

    let looks = 0;
    const until = new Date(1);
    const clock = { now: () => new Date(looks++ < 1 ? 0 : 2) };
    const first = await reencryptStore(service, store, checkpoints, { clock, until });
    expect(first).toMatchObject({ scanned: 100, reencrypted: 100, done: false });
    expect(saved).toEqual(['s099']);

    const rest = await reencryptStore(service, store, checkpoints, {
      clock: new FixedClock(new Date(0)),
      until,
    });
    expect(rest).toEqual({ scanned: 150, reencrypted: 149, skipped: 0, undecryptable: 1, done: true });
    expect(saved.at(-1)).toBeNull();

    const current = new EncryptionService(new LocalKeyRing([fresh]));
    expect(await current.decrypt(rows.get('s249')?.payload ?? '', 'ctx_s249')).toBe('secret 249');
    expect(rows.get('s120')?.payload).toBe(secrets[120]?.payload);
  });

  it('never overwrites a secret that changed meanwhile', async () => {
    const [old, fresh] = [key(1), key(2)];
    const before = new EncryptionService(new LocalKeyRing([old]));
    const { rows, store, checkpoints } = stores([
      { id: 'a', context: 'c', payload: await before.encrypt('old', 'c') },
    ]);
    const service = new EncryptionService(new LocalKeyRing([fresh, old]));
    const newer = await service.encrypt('new', 'c');
    const racing: SecretStore = {
      ...store,
      replace: async (id, expected, payload) => {
        rows.set(id, { id, context: 'c', payload: newer });
        return store.replace(id, expected, payload);
      },
    };
    const report = await reencryptStore(service, racing, checkpoints, {
      clock: new FixedClock(new Date(0)),
      until: new Date(1),
    });
    expect(report).toMatchObject({ reencrypted: 0, skipped: 1 });
    expect(await service.decrypt(rows.get('a')?.payload ?? '', 'c')).toBe('new');
  });
});

describe('digests', () => {
  it('match known vectors', () => {
    expect(sha256hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    // RFC 4231, test case 2
    expect(hmacSign('Jefe', 'what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    expect(hashSecret('a')).toBe(hashSecret('a'));
    expect(hashSecret('a')).not.toBe(hashSecret('b'));
  });
});
