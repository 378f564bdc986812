/**
 * The price list of AI work, in IriSync tokens. One row per task; change a number here and every estimate, hold and
 * settlement follows. Pure data: any feature may import it.
 */
export const TASK_TYPES = [
  'post_text',
  'long_form',
  'thread',
  'rewrite',
  'hashtags',
  'image',
  'caption_from_image',
  'reply',
  'translation',
  'summary',
  'chat',
  'agent_step',
  'scoring',
] as const;
export type TaskType = (typeof TASK_TYPES)[number];

export interface TaskPrice {
  /** IriSync tokens for one counted thing and one started block of its size. */
  tokens: number;
  /** What is counted, in words a person reads on the price list. */
  unit: string;
  /** Size of one block (words, posts, items), where size matters; a started block costs a whole one. */
  per?: number;
}

export const TASK_PRICES: Readonly<Record<TaskType, TaskPrice>> = {
  post_text: { tokens: 1, unit: 'variant' },
  long_form: { tokens: 3, unit: 'started 1 000 output words', per: 1_000 },
  thread: { tokens: 2, unit: 'started 10 posts', per: 10 },
  rewrite: { tokens: 1, unit: 'text' },
  hashtags: { tokens: 1, unit: 'request' },
  image: { tokens: 5, unit: 'image' },
  caption_from_image: { tokens: 2, unit: 'image' },
  reply: { tokens: 1, unit: 'reply' },
  translation: { tokens: 1, unit: 'language and started 500 words', per: 500 },
  summary: { tokens: 1, unit: 'started 2 000 input words', per: 2_000 },
  chat: { tokens: 1, unit: 'answer' },
  agent_step: { tokens: 1, unit: 'step' },
  scoring: { tokens: 1, unit: 'started 10 items', per: 10 },
};

export interface TaskMeasure {
  /** Counted things delivered: variants, images, languages, answers. 0 means nothing was delivered and costs nothing. */
  count?: number;
  /** Words, posts or items, for tasks whose price has a block size. */
  size?: number;
}

/** Price of a task in tokens, always a whole number. `count` and `size` default to 1. */
export function priceOf(task: TaskType, { count = 1, size = 1 }: TaskMeasure = {}): number {
  const { tokens, per } = TASK_PRICES[task];
  const blocks = per === undefined ? 1 : Math.max(1, Math.ceil(size / per));
  return tokens * Math.max(0, Math.trunc(count)) * blocks;
}
