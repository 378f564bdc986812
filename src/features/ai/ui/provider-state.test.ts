import { expect, it } from 'vitest';
import { anyModel, inOrder, providerState } from './provider-state';

const openai = {
  id: 'openai',
  configured: true,
  sandbox: false,
  breaker: 'closed',
  cooldownUntil: null,
} as const;
const glm = { ...openai, id: 'glm', configured: false } as const;
const sandbox = { ...openai, id: 'sandbox', sandbox: true } as const;

it('says what keeps a provider from answering, the worst first', () => {
  const cooldownUntil = '2026-03-01T10:00:00.000Z';
  expect(providerState(glm, [glm])).toBe('off');
  expect(providerState({ ...openai, breaker: 'open', cooldownUntil }, [])).toBe('open');
  expect(providerState({ ...openai, breaker: 'half_open' }, [])).toBe('half_open');
  expect(providerState({ ...openai, cooldownUntil }, [])).toBe('cooling');
  expect(providerState(openai, [])).toBe('ready');
});

it('the sandbox answers only while no model can', () => {
  expect(providerState(sandbox, [glm, sandbox])).toBe('inUse');
  expect(providerState(sandbox, [openai, sandbox])).toBe('standby');
  expect(providerState({ ...sandbox, configured: false }, [glm])).toBe('off');
  expect(anyModel([glm, sandbox])).toBe(false);
});

it('lists those that can answer first', () => {
  expect(inOrder([glm, openai, sandbox]).map(({ id }) => id)).toEqual(['openai', 'sandbox', 'glm']);
});
