import { TIERS, type Tier } from '@/features/organizations/schema';
import { MODEL_CLASSES, type ModelClass, modelClassAllowed } from '@/features/tokens/tiers.data';
import { type ProviderId, TASK_TYPES, type TaskType } from './schema';

/** Whom we ask first, and how long we wait. Data only; `decision.ts` applies it. */
export const TIER_PREFERENCE: Readonly<Record<Tier, readonly ProviderId[]>> = {
  free: ['glm', 'mistral'],
  creator: ['glm', 'openai', 'mistral', 'google'],
  influencer: ['openai', 'anthropic', 'google', 'glm'],
  enterprise: ['anthropic', 'openai', 'google', 'mistral'],
};

/** Tasks whose providers do not depend on the tier. */
export const TASK_PREFERENCE: Partial<Record<TaskType, readonly ProviderId[]>> = {
  image: ['openai', 'replicate'],
  caption_from_image: ['openai', 'google', 'anthropic'],
};

/** Default of `AI_HYBRID_CHAIN`. */
export const HYBRID_CHAIN: readonly ProviderId[] = ['glm', 'openai', 'anthropic', 'mistral'];

/** The class a task is best served with; the nearest class the tier allows is taken. */
export const TASK_CLASS: Readonly<Record<TaskType, ModelClass>> = {
  post_text: 'standard',
  long_form: 'premium',
  thread: 'standard',
  rewrite: 'standard',
  hashtags: 'economy',
  image: 'standard',
  caption_from_image: 'standard',
  reply: 'standard',
  translation: 'economy',
  summary: 'economy',
  chat: 'standard',
  agent_step: 'premium',
  scoring: 'economy',
};

/** Computed once: routing asks for every request. */
const CLASSES = new Map(
  TIERS.flatMap((tier) =>
    TASK_TYPES.map((task) => [
      `${tier}/${task}`,
      new Set(MODEL_CLASSES.filter((modelClass) => modelClassAllowed(tier, modelClass, task))),
    ]),
  ),
);

/** The classes a tier opens for a task; the price list of the tiers decides. */
export function classesFor(tier: Tier, task: TaskType): ReadonlySet<ModelClass> {
  return CLASSES.get(`${tier}/${task}`) ?? new Set();
}

/** Total time for one execution, all attempts included. Milliseconds. */
export function deadlineMs(task: TaskType): number {
  if (task === 'image') return 180_000;
  return task === 'long_form' ? 120_000 : 60_000;
}

export const MAX_ATTEMPTS = 4;
/** Longest silence before the first token, and between two. Milliseconds. */
export const FIRST_TOKEN_MS = 10_000;
export const BETWEEN_CHUNKS_MS = 15_000;
/** How long a model rests after a rate limit that names no time. */
export const DEFAULT_COOLDOWN_MS = 10_000;
/** How long a provider rests after it refused our key or our quota. */
export const PROVIDER_OUT_MS = 300_000;
