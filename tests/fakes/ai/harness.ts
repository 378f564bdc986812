import { OutboundHttp } from '@/core/http/outbound';
import { systemClock } from '@/core/time/clock';
import { Catalogue } from '@/features/ai/catalogue';
import { AnthropicProvider } from '@/features/ai/providers/anthropic';
import type { ProviderDeps } from '@/features/ai/providers/base';
import { GoogleProvider } from '@/features/ai/providers/google';
import { OpenAIProvider } from '@/features/ai/providers/openai';
import { GLM, MISTRAL, OpenAICompatibleProvider } from '@/features/ai/providers/openai-compatible';
import { ReplicateProvider } from '@/features/ai/providers/replicate';
import { SandboxProvider } from '@/features/ai/providers/sandbox';
import type { AIProvider } from '@/features/ai/providers/types';
import type { ProviderId } from '@/features/ai/schema';
import { FakeAnthropic } from './anthropic';
import { FakeChatCompletions } from './chat-completions';
import { FakeGoogle } from './google';
import { FakeOpenAI } from './openai';
import { FakeReplicate } from './replicate';

export interface Vendors {
  openai: FakeOpenAI;
  anthropic: FakeAnthropic;
  google: FakeGoogle;
  glm: FakeChatCompletions;
  mistral: FakeChatCompletions;
  replicate: FakeReplicate;
}

export const KEYS: Record<keyof Vendors, string> = {
  openai: 'sk-test-openai',
  anthropic: 'sk-test-anthropic',
  google: 'test-google',
  glm: 'sk-test-glm',
  mistral: 'sk-test-mistral',
  replicate: 'r8-test',
};

export async function startVendors(): Promise<Vendors> {
  const [openai, anthropic, google, glm, mistral, replicate] = await Promise.all([
    new FakeOpenAI().start(),
    new FakeAnthropic().start(),
    new FakeGoogle().start(),
    new FakeChatCompletions('glm').start(),
    new FakeChatCompletions('mistral').start(),
    new FakeReplicate().start(),
  ]);
  return { openai, anthropic, google, glm, mistral, replicate };
}

export async function stopVendors(vendors: Vendors): Promise<void> {
  await Promise.all(Object.values(vendors).map((vendor) => vendor.stop()));
}

export function providerDeps(catalogue = new Catalogue()): ProviderDeps {
  return {
    catalogue,
    // The fakes live on loopback; Replicate's downloads are guarded like any foreign address.
    http: new OutboundHttp({ allowHosts: ['127.0.0.1'] }),
    clock: systemClock,
  };
}

/** Real providers, pointed at the fakes. Those not named are there, without a key. */
export function providersFor(
  vendors: Vendors,
  configured: readonly (keyof Vendors)[],
  options: { deps?: ProviderDeps; keys?: Partial<Record<keyof Vendors, string>> } = {},
): ReadonlyMap<ProviderId, AIProvider> {
  const deps = options.deps ?? providerDeps();
  const settings = (id: keyof Vendors, path = '') => ({
    ...(configured.includes(id) ? { apiKey: options.keys?.[id] ?? KEYS[id] } : {}),
    baseUrl: `${vendors[id].url}${path}`,
  });
  const all: AIProvider[] = [
    new OpenAIProvider(settings('openai', '/v1'), deps),
    new AnthropicProvider(settings('anthropic'), deps),
    new GoogleProvider(settings('google'), deps),
    new OpenAICompatibleProvider(GLM, settings('glm', '/api/paas/v4'), deps),
    new OpenAICompatibleProvider(MISTRAL, settings('mistral', '/v1'), deps),
    new ReplicateProvider(settings('replicate'), deps),
    new SandboxProvider({ allowed: true, paceMs: 0 }, deps),
  ];
  return new Map(all.map((provider) => [provider.id, provider]));
}

export const MODEL_OF: Record<Exclude<keyof Vendors, 'replicate'>, string> = {
  openai: 'gpt-6.1-terra',
  anthropic: 'claude-sonnet-5-5',
  google: 'gemini-3.8-flash',
  glm: 'glm-4.7',
  mistral: 'mistral-medium-3-5',
};
