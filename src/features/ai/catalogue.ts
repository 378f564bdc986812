import { z } from 'zod';
import { MODEL_CLASSES } from '@/features/tokens/tiers.data';
import { CATALOGUE_DATA } from './catalogue.data';
import type { ImageQuality, ImageSize } from './image-schema';
import type { ModelUsage } from './providers/types';
import { capability, type ProviderId, providerId } from './schema';

/** Dollars per million model tokens. */
const tokenPrice = z.strictObject({
  input: z.number().min(0),
  cachedInput: z.number().min(0),
  output: z.number().min(0),
  /** Prompts above this many tokens cost these multiples, for the whole request. */
  long: z
    .strictObject({
      aboveInputTokens: z.int().min(1),
      input: z.number().min(1),
      cachedInput: z.number().min(1),
      output: z.number().min(1),
    })
    .optional(),
});
type TokenPrice = z.output<typeof tokenPrice>;

const qualityPrices = z.strictObject({
  low: z.number().min(0),
  medium: z.number().min(0),
  high: z.number().min(0),
});
const day = z.iso.date();

export const catalogueEntry = z
  .strictObject({
    provider: providerId,
    model: z.string().min(1),
    class: z.enum(MODEL_CLASSES),
    contextTokens: z.int().min(1),
    maxOutputTokens: z.int().min(0),
    capabilities: z.array(capability).min(1),
    price: tokenPrice.nullable(),
    /** Announced changes, in order of their day (UTC). */
    priceFrom: z.array(z.strictObject({ from: day, price: tokenPrice })).optional(),
    imagePrice: z
      .strictObject({ '1024x1024': qualityPrices, '1024x1536': qualityPrices, '1536x1024': qualityPrices })
      .optional(),
    verifiedAt: day,
    sourceUrl: z.url(),
    evidence: z.enum(['vendor_page', 'transcript', 'third_party']),
    /** Output tokens a model may spend thinking before it answers; added to every limit we send, paid as output. */
    thinkingTokens: z.int().min(0).default(0),
    /** The effort we ask a thinking model for; marketing copy needs little. */
    effort: z.enum(['none', 'low', 'medium', 'high']).optional(),
    /** False where the vendor refuses a temperature. */
    sampling: z.boolean().default(true),
    /** From this day on the vendor refuses the model. */
    retiresAt: day.optional(),
  })
  .refine((entry) => entry.price === null || entry.price.cachedInput <= entry.price.input, {
    message: 'Cached input never costs more than fresh input.',
  });
export type CatalogueEntry = z.input<typeof catalogueEntry>;

/** Whole micro-dollars per million model tokens, so that cost is integer arithmetic. */
interface MicroPrice {
  input: number;
  cachedInput: number;
  output: number;
}

export interface CatalogueModel extends Omit<z.output<typeof catalogueEntry>, 'capabilities'> {
  capabilities: ReadonlySet<z.output<typeof capability>>;
}

const MICROS = 1_000_000;
export const CATALOGUE_MAX_AGE_DAYS = 90;

/** Model facts and prices. Built once from data that zod has checked; every price question is answered here. */
export class Catalogue {
  readonly models: readonly CatalogueModel[];
  readonly #byKey: ReadonlyMap<string, CatalogueModel>;

  /** @throws ZodError when the data breaks its own schema; a duplicate is an error too. */
  constructor(data: readonly CatalogueEntry[] = CATALOGUE_DATA) {
    this.models = z
      .array(catalogueEntry)
      .parse(data)
      .map((entry) => ({ ...entry, capabilities: new Set(entry.capabilities) }));
    this.#byKey = new Map(this.models.map((model) => [`${model.provider}/${model.model}`, model]));
    if (this.#byKey.size !== this.models.length) throw new Error('The model catalogue lists a model twice.');
  }

  find(provider: ProviderId, model: string): CatalogueModel | undefined {
    return this.#byKey.get(`${provider}/${model}`);
  }

  /** Models of that name at any vendor, for a request that pins only a model. */
  named(model: string): CatalogueModel[] {
    return this.models.filter((entry) => entry.model === model);
  }

  /**
   * What a call cost us, in whole micro-dollars, rounded half up.
   * @param at prices change on announced days.
   */
  textCostMicros(model: CatalogueModel, usage: Omit<ModelUsage, 'estimated'>, at: Date): number {
    const price = priceAt(model, at);
    if (!price) return 0;
    const micros = microPrice(price, usage.inputTokens);
    const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
    const total =
      (usage.inputTokens - cached) * micros.input +
      cached * micros.cachedInput +
      usage.outputTokens * micros.output;
    return Math.round(total / MICROS);
  }

  /** Price of images in whole micro-dollars. */
  imageCostMicros(
    model: CatalogueModel,
    image: { count: number; size: ImageSize; quality: ImageQuality },
  ): number {
    const dollars = model.imagePrice?.[image.size][image.quality] ?? 0;
    return image.count * Math.round(dollars * MICROS);
  }

  /** Days since the oldest routable entry was checked against its source. */
  ageDays(now: Date): number {
    const oldest = Math.min(
      ...this.models
        .filter((model) => model.provider !== 'sandbox' && isPriced(model))
        .map((model) => Date.parse(model.verifiedAt)),
    );
    return Math.floor((now.getTime() - oldest) / 86_400_000);
  }

  /** Entries older than {@link CATALOGUE_MAX_AGE_DAYS}, for the doctor. */
  stale(now: Date): CatalogueModel[] {
    const limit = now.getTime() - CATALOGUE_MAX_AGE_DAYS * 86_400_000;
    return this.models.filter(
      (model) => model.provider !== 'sandbox' && Date.parse(model.verifiedAt) < limit,
    );
  }
}

/** A model is routable only where its price is known: tokens for text, per image for pictures. */
export function isPriced(model: Pick<CatalogueModel, 'price' | 'imagePrice' | 'capabilities'>): boolean {
  return model.capabilities.has('text') ? model.price !== null : model.imagePrice !== undefined;
}

export function isRetired(model: Pick<CatalogueModel, 'retiresAt'>, at: Date): boolean {
  return model.retiresAt !== undefined && Date.parse(model.retiresAt) <= at.getTime();
}

/** Dollars per picture, cheapest and dearest; null for models that make none. */
export function imagePriceRange(
  model: Pick<CatalogueModel, 'imagePrice'>,
): { from: number; to: number } | null {
  if (!model.imagePrice) return null;
  const prices = Object.values(model.imagePrice).flatMap((size) => Object.values(size));
  return { from: Math.min(...prices), to: Math.max(...prices) };
}

/** The price that holds on a day; announced changes count from their day on. */
export function priceAt(model: CatalogueModel, at: Date): TokenPrice | null {
  const change = model.priceFrom?.findLast(({ from }) => Date.parse(from) <= at.getTime());
  return change?.price ?? model.price;
}

function microPrice(price: TokenPrice, inputTokens: number): MicroPrice {
  const long = price.long && inputTokens > price.long.aboveInputTokens ? price.long : undefined;
  return {
    input: Math.round(price.input * MICROS * (long?.input ?? 1)),
    cachedInput: Math.round(price.cachedInput * MICROS * (long?.cachedInput ?? 1)),
    output: Math.round(price.output * MICROS * (long?.output ?? 1)),
  };
}

/**
 * Rough count of model tokens in a text, for estimates and for vendors that report nothing: four characters a token for
 * Latin scripts, one for others (CJK), rounded up.
 */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x2e7f) wide += 1;
  return Math.ceil((text.length - wide) / 4 + wide);
}
