import type { AiTier, ModelClass, ProviderId, TaskType } from './schema';

/** Who may use what, and whom we ask first. Data only; `decision.ts` applies it. */
interface TierRouting {
  classes: readonly ModelClass[];
  /** Classes open to these tasks only. */
  extra?: { classes: readonly ModelClass[]; tasks: readonly TaskType[] };
  preference: readonly ProviderId[];
}

export const TIER_ROUTING: Readonly<Record<AiTier, TierRouting>> = {
  free: { classes: ['economy'], preference: ['glm', 'mistral'] },
  creator: { classes: ['economy', 'standard'], preference: ['glm', 'openai', 'mistral', 'google'] },
  influencer: {
    classes: ['economy', 'standard'],
    extra: { classes: ['premium'], tasks: ['long_form', 'agent_step'] },
    preference: ['openai', 'anthropic', 'google', 'glm'],
  },
  enterprise: {
    classes: ['economy', 'standard', 'premium'],
    preference: ['anthropic', 'openai', 'google', 'mistral'],
  },
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

export function classesFor(tier: AiTier, task: TaskType): ReadonlySet<ModelClass> {
  const { classes, extra } = TIER_ROUTING[tier];
  return new Set(extra?.tasks.includes(task) ? [...classes, ...extra.classes] : classes);
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
