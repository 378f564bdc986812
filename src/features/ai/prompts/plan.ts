import { z } from 'zod';
import type { TaskMeasure } from '@/features/tokens/prices';
import type { Capability, ChatMessage, GenerateRequest, GenerateResult, GenerateTask } from '../schema';
import { DATA_NOTICE, writeSections } from './sections';
import { styleOf } from './style.data';

/** A generation request turned into what is asked of a model, what it may cost, and how the answer is read. */
export interface GenerationPlan {
  messages: ChatMessage[];
  needs: Capability[];
  /** Undefined for plain text. */
  schema?: { name: string; zod: z.ZodType };
  maxOutputTokens: number;
  maxMeasure: TaskMeasure;
  /** Texts the guard looks at before anything is sent. */
  guarded: string[];
  read(answer: { text: string; data: unknown }): GenerateResult[];
  /** What the user pays for, from what came out. */
  delivered(results: readonly GenerateResult[]): TaskMeasure;
}

export interface PlanContext {
  /** The brand voice in words; empty when there is none. */
  voice: string;
  /** A rendered template takes the place of the brief. */
  templateText?: string | undefined;
}

const draft = z.object({ platform: z.string(), text: z.string().min(1), hashtags: z.array(z.string()) });
const drafts = z.object({ results: z.array(draft).min(1) });
const threads = z.object({
  results: z.array(z.object({ platform: z.string(), posts: z.array(z.string().min(1)).min(1) })).min(1),
});
const hashtags = z.object({ hashtags: z.array(z.string().min(1)).min(1) });
const translations = z.object({
  translations: z.array(z.object({ locale: z.string(), text: z.string().min(1) })).min(1),
});
const summary = z.object({ summary: z.string().min(1) });
const scores = z.object({
  scores: z.array(
    z.object({ index: z.number().int(), score: z.number().min(0).max(100), reason: z.string() }),
  ),
});

const RULES: Record<GenerateTask, string> = {
  post_text:
    'Write social media posts from the brief. Each variant takes a different angle and opens differently.',
  long_form: 'Write an article from the brief, in Markdown, with a title and headings.',
  thread: 'Write a thread from the brief: numbered posts that each stand alone and lead to the next.',
  rewrite: 'Rewrite the text as the instruction says. Keep every fact, name, number and link.',
  hashtags: 'Choose hashtags for the text: specific before general, no spaces, no duplicates.',
  caption_from_image:
    'Describe what the picture shows and write a caption for it. Invent nothing you cannot see.',
  reply: 'Write a reply to the message, in the voice of the brand, as the instruction says.',
  translation: 'Translate the text into each language asked for. Keep names, links, hashtags and tone.',
  summary: 'Summarise the text: the main point first, then what supports it. Add nothing.',
  scoring: 'Rate each item from 0 to 100 for how well it will do with its audience, with a short reason.',
};

const COMMON = [
  'You write for a marketing team. Use plain, concrete language; no clichés, no invented facts, figures or quotes.',
  'Keep within the character limit named for a platform. Put hashtags in the hashtags list, not into the text.',
];

/** Tasks whose price counts every delivered text. */
const PER_TEXT: ReadonlySet<GenerateTask> = new Set(['post_text', 'rewrite', 'reply', 'thread']);

export function planGeneration(request: GenerateRequest, context: PlanContext): GenerationPlan {
  const { task, input } = request;
  const outside = input.context || (task === 'reply' ? input.text : undefined);
  const system = [
    RULES[task],
    ...COMMON,
    ...(context.voice ? ['The brand voice:', context.voice] : []),
    ...(outside ? [DATA_NOTICE] : []),
  ].join('\n');
  const brief = context.templateText ?? (task === 'reply' ? undefined : input.text);
  const body = writeSections({
    task,
    brief,
    instruction: input.instruction,
    goal: input.goal,
    audience: input.audience,
    tone: input.tone,
    keywords: input.keywords?.join(', '),
    url: input.url,
    platforms: request.platforms?.map(platformLine).join('\n'),
    variants: request.variants > 1 ? String(request.variants) : undefined,
    locale: request.locale,
    max_words: input.maxWords ? String(input.maxWords) : undefined,
    posts: input.posts ? String(input.posts) : undefined,
    count: input.count ? String(input.count) : undefined,
    languages: input.languages?.join(', '),
    items: input.items?.map((item, index) => `${index}: ${item}`).join('\n'),
    outside_text: outside,
  });
  const user: ChatMessage =
    task === 'caption_from_image' && input.image
      ? {
          role: 'user',
          content: [
            { type: 'text', text: body },
            { type: 'image', ...input.image },
          ],
        }
      : { role: 'user', content: body };
  return {
    messages: [{ role: 'system', content: system }, user],
    guarded: guardedTexts(request, context),
    ...shapeOf(request),
  };
}

function guardedTexts({ input }: GenerateRequest, { templateText }: PlanContext): string[] {
  return [templateText, input.text, input.instruction, input.goal, ...(input.items ?? [])].filter(
    (text): text is string => Boolean(text),
  );
}

function platformLine(platform: string): string {
  const style = styleOf(platform);
  return `${platform}: at most ${style.maxCharacters} characters, up to ${style.hashtags} hashtags; ${style.style}`;
}

type Shape = Omit<GenerationPlan, 'messages' | 'guarded'>;

function shapeOf(request: GenerateRequest): Shape {
  const texts = request.variants * (request.platforms?.length ?? 1);
  switch (request.task) {
    case 'long_form':
      return longFormShape(request);
    case 'thread':
      return threadShape(request, texts);
    case 'hashtags':
      return hashtagShape(request);
    case 'translation':
      return translationShape(request);
    case 'summary':
      return summaryShape(request);
    case 'scoring':
      return scoringShape(request);
    default:
      return draftShape(request, texts);
  }
}

/** Streams carry plain text; everything else is asked for as data. */
function plainShape(request: GenerateRequest, shape: Shape): Shape {
  if (!request.stream) return shape;
  const { schema: _schema, ...rest } = shape;
  return {
    ...rest,
    needs: [...shape.needs.filter((need) => need !== 'structured'), 'stream'],
    read: ({ text }) => [plainResult(request, text)],
  };
}

function plainResult(request: GenerateRequest, text: string): GenerateResult {
  const platform = request.platforms?.[0];
  return {
    text: text.trim(),
    ...(platform ? { platform } : {}),
    warnings: [],
  };
}

function draftShape(request: GenerateRequest, texts: number): Shape {
  const perText = Math.max(...(request.platforms ?? ['']).map((name) => styleOf(name).maxCharacters)) / 3;
  const vision = request.task === 'caption_from_image';
  return plainShape(request, {
    needs: ['text', 'structured', ...(vision ? (['vision'] as const) : [])],
    schema: { name: 'drafts', zod: drafts },
    maxOutputTokens: Math.ceil(texts * (perText + 120)) + 200,
    maxMeasure: { count: PER_TEXT.has(request.task) ? texts : 1 },
    read: ({ data }) =>
      drafts
        .parse(data)
        .results.slice(0, texts)
        .map(({ platform, text, hashtags: tags }) => ({
          text,
          ...(request.platforms?.includes(platform) ? { platform } : {}),
          hashtags: normalisedTags(tags),
          warnings: [],
        })),
    delivered: (results) => ({
      count: PER_TEXT.has(request.task) ? results.length : Math.min(1, results.length),
    }),
  });
}

function threadShape(request: GenerateRequest, texts: number): Shape {
  const posts = request.input.posts ?? 6;
  return {
    needs: ['text', 'structured'],
    schema: { name: 'threads', zod: threads },
    maxOutputTokens: texts * posts * 150 + 200,
    maxMeasure: { count: texts, size: posts },
    read: ({ data }) =>
      threads
        .parse(data)
        .results.slice(0, texts)
        .map((thread) => ({
          text: thread.posts.join('\n\n'),
          posts: thread.posts.slice(0, posts),
          ...(request.platforms?.includes(thread.platform) ? { platform: thread.platform } : {}),
          warnings: [],
        })),
    delivered: (results) => ({
      count: results.length,
      size: Math.max(1, ...results.map((result) => result.posts?.length ?? 1)),
    }),
  };
}

function longFormShape(request: GenerateRequest): Shape {
  const maxWords = request.input.maxWords ?? 800;
  return {
    needs: ['text', ...(request.stream ? (['stream'] as const) : [])],
    maxOutputTokens: Math.ceil(maxWords * 1.8) + 200,
    maxMeasure: { size: maxWords },
    read: ({ text }) => [plainResult(request, text)],
    // A model that writes past the limit we set does not cost the user more than we reserved.
    delivered: ([result]) => ({ size: Math.min(maxWords, countWords(result?.text ?? '')) }),
  };
}

function hashtagShape(request: GenerateRequest): Shape {
  return {
    needs: ['text', 'structured'],
    schema: { name: 'hashtags', zod: hashtags },
    maxOutputTokens: 400,
    maxMeasure: {},
    read: ({ data }) => {
      const tags = normalisedTags(hashtags.parse(data).hashtags).slice(0, request.input.count ?? 10);
      return [{ text: tags.map((tag) => `#${tag}`).join(' '), hashtags: tags, warnings: [] }];
    },
    delivered: () => ({}),
  };
}

function translationShape(request: GenerateRequest): Shape {
  const languages = request.input.languages ?? [];
  const size = countWords(request.input.text ?? '');
  return {
    needs: ['text', 'structured'],
    schema: { name: 'translations', zod: translations },
    maxOutputTokens: languages.length * Math.ceil(size * 3 + 100) + 200,
    maxMeasure: { count: languages.length, size },
    read: ({ data }) =>
      translations
        .parse(data)
        .translations.filter(({ locale }) => languages.includes(locale))
        .slice(0, languages.length)
        .map(({ locale, text }) => ({ text, locale, warnings: [] })),
    delivered: (results) => ({ count: results.length, size }),
  };
}

function summaryShape(request: GenerateRequest): Shape {
  const size = countWords(request.input.text ?? '');
  return plainShape(request, {
    needs: ['text', 'structured'],
    schema: { name: 'summary', zod: summary },
    maxOutputTokens: 800,
    maxMeasure: { size },
    read: ({ data }) => [{ text: summary.parse(data).summary, warnings: [] }],
    delivered: () => ({ size }),
  });
}

function scoringShape(request: GenerateRequest): Shape {
  const items = request.input.items ?? [];
  return {
    needs: ['text', 'structured'],
    schema: { name: 'scores', zod: scores },
    maxOutputTokens: items.length * 60 + 200,
    maxMeasure: { size: items.length },
    read: ({ data }) => {
      const rated = new Map(scores.parse(data).scores.map((entry) => [entry.index, entry]));
      return items.flatMap((_, index) => {
        const entry = rated.get(index);
        return entry ? [{ text: entry.reason, score: Math.round(entry.score), warnings: [] }] : [];
      });
    },
    delivered: () => ({ size: items.length }),
  };
}

/** Without `#`, in the writer's own case, each once. */
export function normalisedTags(tags: readonly string[]): string[] {
  const seen = new Set<string>();
  return tags.flatMap((raw) => {
    const tag = raw.replace(/^#+/, '').replaceAll(/[^\p{L}\p{N}_]/gu, '');
    if (!tag || seen.has(tag.toLowerCase())) return [];
    seen.add(tag.toLowerCase());
    return [tag];
  });
}

export function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}
