import { platformEnv } from '@tests/fakes/platforms/harness';
import { describe, expect, it } from 'vitest';
import { OutboundHttp } from '@/core/http/outbound';
import { ResilienceService } from '@/core/resilience/policy';
import { FixedClock } from '@/core/time/clock';
import de from '@/messages/de/integrations.json';
import en from '@/messages/en/integrations.json';
import { INTEGRATION_TYPES, registryEntrySchema } from './connections/schema';
import { MAPPING_TEMPLATES } from './mapping/templates.data';
import { integrationAdapters } from './providers/registry';
import { INTEGRATIONS } from './registry.data';
import type { SandboxCrm } from './sandbox/crm';

const adaptersWith = (sandbox?: SandboxCrm) =>
  integrationAdapters(
    {
      http: new OutboundHttp(),
      resilience: new ResilienceService(),
      clock: new FixedClock('2026-11-21T10:00:00Z'),
      env: platformEnv({}),
    },
    sandbox,
  );
const sandbox = (allowed: boolean) => ({ deps: { allowed } }) as SandboxCrm;
const adapters = adaptersWith(sandbox(true));

describe('the registry of integrations', () => {
  it('has each type once, with an adapter of its own and nothing that cannot be connected', () => {
    const types = INTEGRATIONS.map(({ type }) => type);
    expect([...types].sort()).toEqual([...INTEGRATION_TYPES].sort());
    expect([...adapters.keys()].sort()).toEqual([...types].sort());
    for (const [type, adapter] of adapters) expect(adapter.type).toBe(type);
  });

  it.each(INTEGRATIONS.map((entry) => [entry.type, entry] as const))('%s is whole', (type, entry) => {
    expect(registryEntrySchema.parse(entry)).toEqual(entry);
    expect(entry.entities.length).toBeGreaterThan(0);
    for (const entity of entry.entities)
      expect(
        MAPPING_TEMPLATES.some((one) => one.integrationType === type && one.entityType === entity),
        entity,
      ).toBe(true);
    for (const messages of [en, de]) expect(messages.connections.about).toHaveProperty(type);
  });

  it('has a sandbox, labelled so, that can be connected only where it is allowed', () => {
    expect(INTEGRATIONS.filter((entry) => entry.sandbox).map(({ type }) => type)).toEqual(['sandbox_crm']);
    expect(adapters.get('sandbox_crm')?.oauthConfigured).toBe(true);
    const off = adaptersWith(sandbox(false)).get('sandbox_crm');
    expect([off?.oauthConfigured, off?.setupHint]).toEqual([false, expect.stringContaining('ALLOW_SANDBOX')]);
    expect(() => off?.authorizationUrl({ state: 's', redirectUri: 'r', codeVerifier: 'v' })).toThrow('off');
  });

  it('says what to do where an installation has no app at the vendor', () => {
    for (const adapter of adaptersWith().values()) {
      expect(adapter.oauthConfigured).toBe(false);
      expect(adapter.setupHint).toMatch(/[A-Z]+_CLIENT_ID/);
      expect(() => adapter.authorizationUrl({ state: 's', redirectUri: 'r', codeVerifier: 'v' })).toThrow(
        adapter.setupHint,
      );
    }
  });
});
