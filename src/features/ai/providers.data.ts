import type { ProviderId } from './schema';

/** What a person calls a provider, and the setting that switches it on. Names are proper names in every language. */
export interface ProviderFacts {
  name: string;
  /** The variable an operator sets. */
  setting: string;
}

export const PROVIDER_FACTS: Readonly<Record<ProviderId, ProviderFacts>> = {
  openai: { name: 'OpenAI', setting: 'OPENAI_API_KEY' },
  anthropic: { name: 'Anthropic Claude', setting: 'ANTHROPIC_API_KEY' },
  google: { name: 'Google Gemini', setting: 'GOOGLE_AI_API_KEY' },
  glm: { name: 'GLM', setting: 'GLM_API_KEY' },
  mistral: { name: 'Mistral', setting: 'MISTRAL_API_KEY' },
  replicate: { name: 'Replicate', setting: 'REPLICATE_API_KEY' },
  sandbox: { name: 'Sandbox', setting: 'ALLOW_SANDBOX' },
};

/** The provider's name, or the id itself where a row names one that has left the product. */
export function providerName(id: string): string {
  return id in PROVIDER_FACTS ? PROVIDER_FACTS[id as ProviderId].name : id;
}
