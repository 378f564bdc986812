import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Actor } from '@/core/auth/principal';
import {
  ConflictError,
  ERROR_STATUS,
  EXTERNAL_ERROR_CLASSES,
  ExternalServiceError,
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  ServiceUnavailableError,
  ValidationError,
} from '@/core/errors';
import { FixedClock } from '@/core/time/clock';
import { type FacadeDeps, IntegrationService, type Outcome } from './facade';

const actor = (...permissions: string[]): Actor => ({
  ...{ userId: 'u', organizationId: 'o', role: 'admin', channelIds: [] },
  permissions: new Set(permissions),
});
const admin = actor('integrations.read', 'integrations.manage');

/** Every dependency does the same, whatever it is asked for. */
function facade(does: () => unknown): IntegrationService {
  const all = new Proxy({}, { get: () => does }) as FacadeDeps['connections'] &
    FacadeDeps['mappings'] &
    FacadeDeps['sync'];
  return new IntegrationService({
    ...{ connections: all, mappings: all, sync: all },
    clock: new FixedClock('2026-11-21T10:00:00Z'),
    pause: async () => undefined,
  });
}

const mapping = {
  integrationType: 'hubspot',
  entityType: 'contact',
  externalField: 'a',
  internalField: 'a',
  fieldType: 'string',
};
type Call = (service: IntegrationService, by: Actor) => Promise<Outcome<unknown>>;
const CALLS: Readonly<Record<string, Call>> = {
  createIntegration: (service, by) => service.createIntegration(by, { type: 'hubspot' }),
  testConnection: (service, by) => service.testConnection(by, 'int_1'),
  syncIntegration: (service, by) => service.syncIntegration(by, 'int_1'),
  createDataMapping: (service, by) => service.createDataMapping(by, mapping),
  getDataMappings: (service, by) => service.getDataMappings(by, 'hubspot', 'contact'),
  transformData: (service, by) => service.transformData(by, 'hubspot', 'contact', { a: 1 }),
  getIntegrationStatus: (service, by) => service.getIntegrationStatus(by, 'int_1'),
};

const failure = fc.oneof(
  fc.constantFrom(
    new ConflictError('Busy.'),
    new ForbiddenError(),
    new NotFoundError('This'),
    new RateLimitedError('Slow down.', 30),
    new ServiceUnavailableError('Not set up.', 'integration_not_configured'),
    ValidationError.at('body.x', 'Wrong.'),
    new TypeError('secret-word is not a function'),
    new DOMException('secret-word', 'AbortError'),
    'secret-word',
    null,
    undefined,
    { code: 'not_found' },
  ),
  fc
    .record({ kind: fc.constantFrom(...EXTERNAL_ERROR_CLASSES), retryable: fc.boolean() })
    .map(
      ({ kind, retryable }) =>
        new ExternalServiceError('secret-word of the vendor', { provider: 'hubspot', kind, retryable }),
    ),
);

describe('the facade of integrations', () => {
  it('answers instead of throwing, whatever fails below it and however', async () => {
    await fc.assert(
      fc.asyncProperty(
        failure,
        fc.boolean(),
        fc.constantFrom(...Object.values(CALLS)),
        async (thrown, early, ask) => {
          const service = facade(() => {
            if (early) throw thrown;
            return Promise.reject(thrown);
          });
          const { data, error } = await ask(service, admin);
          expect(data).toBeNull();
          expect(ERROR_STATUS).toHaveProperty(error?.code ?? '');
          expect(error?.message).toMatch(/^[A-Z].+\.$/);
          expect(JSON.stringify(error)).not.toContain('secret-word');
        },
      ),
    );
  });

  it.each(Object.entries(CALLS))('%s asks nobody without the permission', async (_name, ask) => {
    const service = facade(() => {
      throw new Error('asked');
    });
    expect(await ask(service, actor())).toMatchObject({ data: null, error: { code: 'forbidden' } });
  });

  it('names what is wrong with the input by its place', async () => {
    const service = facade(() => {
      throw new Error('asked');
    });
    const faulty = [
      await service.createIntegration(admin, { type: 'nobody' }),
      await service.createIntegration(admin, null),
      await service.createIntegration(admin, { type: 'hubspot', platform: 'salesforce' }),
      await service.createIntegration(admin, { type: 'hubspot', password: 'x' }),
      await service.createDataMapping(admin, { ...mapping, fieldType: 'colour' }),
      await service.syncIntegration(admin, 'int_1', { mode: 'sideways' }),
      await service.testConnection(admin, ''),
      await service.transformData(admin, 'hubspot', 'contact', 'no record'),
    ];
    expect(faulty.map(({ error }) => [error?.code, error?.faults[0]?.path])).toEqual([
      ['validation_failed', 'type'],
      ['validation_failed', ''],
      ['validation_failed', 'platform'],
      ['validation_failed', ''],
      ['validation_failed', 'fieldType'],
      ['validation_failed', 'mode'],
      ['validation_failed', ''],
      ['validation_failed', 'record'],
    ]);
  });

  it('says when to try again', async () => {
    const told = async (thrown: unknown) =>
      (await facade(() => Promise.reject(thrown)).testConnection(admin, 'int_1')).error;
    expect(await told(new RateLimitedError('Slow down.', 30))).toMatchObject({
      ...{ code: 'rate_limited', retryable: true, retryAfterSeconds: 30 },
    });
    const late = { provider: 'x', kind: 'rate_limit', retryable: true, retryAfterMs: 1_200 } as const;
    expect(await told(new ExternalServiceError('429', late))).toMatchObject({
      ...{ code: 'external_service', retryable: true, retryAfterSeconds: 2 },
    });
    expect(await told(new ConflictError('Busy.'))).toMatchObject({
      retryable: false,
      retryAfterSeconds: null,
    });
  });
});
