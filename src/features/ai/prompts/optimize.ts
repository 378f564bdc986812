import { z } from 'zod';
import type { OptimizeRequest, Suggestion } from '../optimize-schema';
import { suggestion } from '../optimize-schema';
import type { ChatMessage } from '../schema';
import { writeSections } from './sections';
import { styleOf } from './style.data';

/** A model quotes the passage it means; places are found here, because models count characters badly. */
const advice = z.object({
  kind: suggestion.shape.kind,
  severity: suggestion.shape.severity,
  quote: z.string().min(1),
  message: z.string().min(1),
  replacement: z.string(),
});
export type Advice = z.output<typeof advice>;

const optimization = z.object({
  score: z.number().min(0).max(100),
  suggestions: z.array(advice),
  rewritten: z.string().min(1),
});

export type Optimization = z.output<typeof optimization>;

export function planOptimization(request: OptimizeRequest, voice: string) {
  const messages: ChatMessage[] = [
    {
      role: 'system',
      content: [
        'Review a social media text against its goals and the networks it is for.',
        'Rate it from 0 to 100. Suggest at most 12 changes, each with an exact quote from the text, what is wrong with it, and what to write instead.',
        'Then rewrite the whole text. Keep every fact, name, number and link; invent nothing.',
        ...(voice ? ['The brand voice:', voice] : []),
      ].join('\n'),
    },
    {
      role: 'user',
      content: writeSections({
        task: 'optimize',
        brief: request.text,
        goal: request.goals.join('\n'),
        platforms: request.platforms
          .map(
            (platform) =>
              `${platform}: at most ${styleOf(platform).maxCharacters} characters; ${styleOf(platform).style}`,
          )
          .join('\n'),
      }),
    },
  ];
  return {
    messages,
    schema: { name: 'advice', zod: optimization },
    maxOutputTokens: Math.ceil(request.text.length / 2) + 2_000,
  };
}

/** Finds each quote in the text; advice about words that do not stand there is dropped. Overlaps keep the graver one. */
export function suggestionsIn(text: string, given: readonly Advice[]): Suggestion[] {
  const placed = given.flatMap(({ quote, ...rest }) => {
    const start = text.indexOf(quote);
    return start < 0 ? [] : [{ ...rest, start, end: start + quote.length }];
  });
  return placed.sort((a, b) => a.start - b.start || b.end - a.end).slice(0, 12);
}
