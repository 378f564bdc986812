import { z } from 'zod';
import { type Tier, tierSchema } from '@/features/organizations/schema';
import { TASK_TYPES, type TaskType } from './prices';

/**
 * Subscription tiers and token packages: the one file to change when the offer changes. Pure data, checked when loaded; any
 * feature may import it. Prices are in minor units of {@link BASE_CURRENCY}.
 */

/** ISO 4217, lower case as Stripe writes it. */
export const BASE_CURRENCY = 'usd';

export const MODEL_CLASSES = ['economy', 'standard', 'premium'] as const;
export type ModelClass = (typeof MODEL_CLASSES)[number];

/** A number, or null for "no limit". */
const limit = z.int().positive().nullable();
const price = z.int().nonnegative();

const tierDefinitionSchema = z.strictObject({
  name: z.string().min(1),
  /** Tokens granted each period; per seat where `perSeat`. */
  tokensPerPeriod: z.int().positive(),
  perSeat: z.boolean(),
  /** Minor units for one month; per seat where `perSeat`. */
  monthlyPrice: price,
  limits: z.strictObject({
    channels: limit,
    members: limit,
    /** Posts waiting to go out at any one time, per organisation. */
    scheduledPosts: limit,
    /** Ceilings per organisation and UTC month; see the AI quota. */
    aiQuota: z.strictObject({ requests: limit, costMicros: limit }),
  }),
  /** Which classes of model may answer: for all tasks, or for the listed ones. A class that is absent is not allowed. */
  modelClasses: z.partialRecord(
    z.enum(MODEL_CLASSES),
    z.union([z.literal('all'), z.array(z.enum(TASK_TYPES)).min(1)]),
  ),
});
export type TierDefinition = z.infer<typeof tierDefinitionSchema>;

export const TIER_DEFINITIONS: Readonly<Record<Tier, TierDefinition>> = z
  .record(tierSchema, tierDefinitionSchema)
  .parse({
    free: {
      name: 'Free',
      tokensPerPeriod: 50,
      perSeat: false,
      monthlyPrice: 0,
      limits: {
        channels: 3,
        members: 1,
        scheduledPosts: 10,
        aiQuota: { requests: 500, costMicros: 1_000_000 },
      },
      modelClasses: { economy: 'all' },
    },
    creator: {
      name: 'Creator',
      tokensPerPeriod: 500,
      perSeat: false,
      monthlyPrice: 1_900,
      limits: {
        channels: 10,
        members: 3,
        scheduledPosts: 200,
        aiQuota: { requests: 5_000, costMicros: 15_000_000 },
      },
      modelClasses: { economy: 'all', standard: 'all' },
    },
    influencer: {
      name: 'Influencer',
      tokensPerPeriod: 1_500,
      perSeat: false,
      monthlyPrice: 4_900,
      limits: {
        channels: 30,
        members: 10,
        scheduledPosts: 2_000,
        aiQuota: { requests: 20_000, costMicros: 60_000_000 },
      },
      modelClasses: { economy: 'all', standard: 'all', premium: ['long_form', 'agent_step'] },
    },
    enterprise: {
      name: 'Enterprise',
      tokensPerPeriod: 5_000,
      perSeat: true,
      monthlyPrice: 9_900,
      limits: {
        channels: null,
        members: null,
        scheduledPosts: null,
        aiQuota: { requests: null, costMicros: null },
      },
      modelClasses: { economy: 'all', standard: 'all', premium: 'all' },
    },
  } satisfies Record<Tier, TierDefinition>);

/**
 * Tokens one period of a tier brings.
 * @param seats paid seats, at least 1; counts only where the tier is sold per seat.
 */
export function allocationOf(tier: Tier, seats: number): number {
  const { tokensPerPeriod, perSeat } = TIER_DEFINITIONS[tier];
  return perSeat ? tokensPerPeriod * Math.max(1, Math.trunc(seats)) : tokensPerPeriod;
}

/** Whether a model of that class may do that task on that tier. */
export function modelClassAllowed(tier: Tier, modelClass: ModelClass, task: TaskType): boolean {
  const tasks = TIER_DEFINITIONS[tier].modelClasses[modelClass];
  return tasks === 'all' || (tasks?.includes(task) ?? false);
}

const packageSchema = z.strictObject({
  id: z.string().regex(/^tokens_\d+$/),
  tokens: z.int().positive(),
  /** Minor units of the base currency for the whole package. */
  price: z.int().positive(),
});
export type TokenPackage = z.infer<typeof packageSchema>;

/** Ordered by size; the price of one token falls from each to the next. */
export const TOKEN_PACKAGES: readonly TokenPackage[] = z
  .array(packageSchema)
  .refine(
    (packages) =>
      packages.every((one, index) => {
        const smaller = packages[index - 1];
        return (
          !smaller || (one.tokens > smaller.tokens && one.price / one.tokens < smaller.price / smaller.tokens)
        );
      }),
    'A larger package must cost less per token.',
  )
  .parse([
    { id: 'tokens_100', tokens: 100, price: 600 },
    { id: 'tokens_500', tokens: 500, price: 2_500 },
    { id: 'tokens_1000', tokens: 1_000, price: 4_500 },
    { id: 'tokens_5000', tokens: 5_000, price: 20_000 },
  ]);

/** Bounds of an amount a person types instead of choosing a package. */
export const CUSTOM_AMOUNT = { min: 100, max: 50_000 } as const;

/**
 * Minor units for an amount of one's own: the unit price of the largest package it reaches, rounded up, and never more than a
 * package that holds more.
 */
export function customPrice(tokens: number): number {
  const band = TOKEN_PACKAGES.findLast((one) => one.tokens <= tokens) ?? TOKEN_PACKAGES[0];
  if (!band) throw new RangeError('There are no token packages.');
  const larger = TOKEN_PACKAGES.filter((one) => one.tokens >= tokens).map((one) => one.price);
  return Math.min(Math.ceil((tokens * band.price) / band.tokens), ...larger);
}
