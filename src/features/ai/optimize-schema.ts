import { z } from 'zod';
import { documentId, platformName, routing, shortText, tokenFacts, usageFacts, warning } from './schema';

export const optimizeRequest = z.strictObject({
  text: z.string().trim().min(1).max(20_000),
  platforms: z.array(platformName).min(1).max(8),
  goals: z.array(shortText).min(1).max(5),
  brandVoiceId: documentId.optional(),
  ...routing,
});
export type OptimizeRequest = z.output<typeof optimizeRequest>;

export const suggestion = z.object({
  kind: z.enum(['clarity', 'hook', 'length', 'tone', 'call_to_action', 'hashtags', 'accessibility', 'brand']),
  severity: z.enum(['info', 'warning', 'error']),
  /** Character offsets into the text that was sent; `end` is exclusive. */
  start: z.int().min(0),
  end: z.int().min(0),
  message: z.string(),
  replacement: z.string(),
});
export type Suggestion = z.output<typeof suggestion>;

export const optimizeResponse = z.object({
  requestId: z.string(),
  score: z.number().min(0).max(100),
  suggestions: z.array(suggestion),
  rewritten: z.string(),
  warnings: z.array(warning),
  usage: usageFacts,
  tokens: tokenFacts,
});
export type OptimizeResponse = z.output<typeof optimizeResponse>;
