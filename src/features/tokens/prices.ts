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
  /** Where size matters: the largest size one counted thing may have, so that every task has a largest price. */
  maxSize?: number;
}

export const TASK_PRICES: Readonly<Record<TaskType, TaskPrice>> = {
  post_text: { tokens: 1, unit: 'variant' },
  long_form: { tokens: 3, unit: 'started 1 000 output words', per: 1_000, maxSize: 5_000 },
  thread: { tokens: 2, unit: 'started 10 posts', per: 10, maxSize: 50 },
  rewrite: { tokens: 1, unit: 'text' },
  hashtags: { tokens: 1, unit: 'request' },
  image: { tokens: 5, unit: 'image' },
  caption_from_image: { tokens: 2, unit: 'image' },
  reply: { tokens: 1, unit: 'reply' },
  translation: { tokens: 1, unit: 'language and started 500 words', per: 500, maxSize: 10_000 },
  summary: { tokens: 1, unit: 'started 2 000 input words', per: 2_000, maxSize: 100_000 },
  chat: { tokens: 1, unit: 'answer' },
  agent_step: { tokens: 1, unit: 'step' },
  scoring: { tokens: 1, unit: 'started 10 items', per: 10, maxSize: 500 },
};

export interface TaskMeasure {
  /** Counted things delivered: variants, images, languages, answers. 0 means nothing was delivered and costs nothing. */
  count?: number;
  /** Words, posts or items, for tasks whose price has a block size. */
  size?: number;
}

/**
 * Price of a task in tokens, always a whole number. `count` and `size` default to 1.
 * @throws RangeError for a measure that is not a finite number: a price must never become NaN.
 */
export function priceOf(task: TaskType, { count = 1, size = 1 }: TaskMeasure = {}): number {
  if (!Number.isFinite(count) || !Number.isFinite(size)) {
    throw new RangeError(`A ${task} cannot be priced for count ${count} and size ${size}.`);
  }
  const { tokens, per } = TASK_PRICES[task];
  const blocks = per === undefined ? 1 : Math.max(1, Math.ceil(size / per));
  return tokens * Math.max(0, Math.trunc(count)) * blocks;
}

/**
 * The most a task can cost, which is what gets reserved. A size that is not known beforehand (output words) is taken as the
 * task's largest.
 * @param bounds the most that was asked for: `count` defaults to 1, `size` to the task's `maxSize`.
 */
export function maxPriceOf(task: TaskType, bounds: TaskMeasure = {}): number {
  return priceOf(task, { count: bounds.count ?? 1, size: bounds.size ?? TASK_PRICES[task].maxSize ?? 1 });
}
