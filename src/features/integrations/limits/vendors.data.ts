import { z } from 'zod';

/** How many calls vendors take, and how they tell what is left. Nothing else names a figure of theirs. */

/** A minute is what a window's counters are kept for: window and one step of it must fit. */
const windowRule = z.object({ limit: z.int().min(1), windowMs: z.int().min(100).max(50_000) });
export type WindowRule = z.output<typeof windowRule>;

export const vendorLimitsSchema = z.object({
  /** All calls to one account there. */
  account: windowRule,
  /** Kinds of call that the vendor counts apart, for the account. `message:C1` is counted by its part before the colon, each apart. */
  operations: z.record(z.string().regex(/^[a-z_]+$/), windowRule),
  /** Calls under way at once for the account, where the vendor counts those. */
  concurrent: z.int().min(1).nullable(),
  /** How its answers tell of the longer allowance (a day, an hour). */
  quota: z
    .discriminatedUnion('kind', [
      z.object({
        kind: z.literal('left'),
        limit: z.string(),
        left: z.string(),
        /** Header with the end of the allowance in Unix seconds. */
        reset: z.string().nullable(),
      }),
      /** One header: `api-usage=18/5000`. */
      z.object({ kind: z.literal('usage'), header: z.string(), name: z.string() }),
    ])
    .nullable(),
});
export type VendorLimits = z.output<typeof vendorLimitsSchema>;

/** Where a vendor is not listed: slow enough for all of them. */
const CAREFUL: VendorLimits = {
  account: { limit: 20, windowMs: 10_000 },
  operations: {},
  concurrent: null,
  quota: null,
};

const VENDOR_LIMITS: Readonly<Record<string, VendorLimits>> = {
  // https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
  hubspot: {
    account: { limit: 110, windowMs: 10_000 },
    operations: { search: { limit: 5, windowMs: 1_000 } },
    concurrent: null,
    quota: {
      kind: 'left',
      limit: 'x-hubspot-ratelimit-daily',
      left: 'x-hubspot-ratelimit-daily-remaining',
      reset: null,
    },
  },
  // Salesforce counts a day and the long calls at once; the rate keeps one connection from using a day up in an hour.
  // https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm
  salesforce: {
    account: { limit: 250, windowMs: 10_000 },
    operations: {},
    concurrent: 25,
    quota: { kind: 'usage', header: 'sforce-limit-info', name: 'api-usage' },
  },
  // https://docs.slack.dev/apis/web-api/rate-limits
  slack: {
    account: { limit: 10, windowMs: 1_000 },
    operations: { message: { limit: 1, windowMs: 1_000 } },
    concurrent: null,
    quota: null,
  },
  // https://developers.notion.com/reference/request-limits
  notion: {
    account: { limit: 3, windowMs: 1_000 },
    operations: {},
    concurrent: null,
    quota: null,
  },
  // https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
  github: {
    account: { limit: 150, windowMs: 10_000 },
    operations: {},
    concurrent: 100,
    quota: {
      kind: 'left',
      limit: 'x-ratelimit-limit',
      left: 'x-ratelimit-remaining',
      reset: 'x-ratelimit-reset',
    },
  },
};

export const LIMITED_VENDORS: readonly string[] = Object.keys(VENDOR_LIMITS);

export function vendorLimits(vendor: string): VendorLimits {
  return VENDOR_LIMITS[vendor] ?? CAREFUL;
}

/** An organisation may have several accounts of a vendor: together they may call as often as so many. */
export const TENANT_ACCOUNTS = 4;

/** The name of calls that the vendor does not count apart. */
export const PLAIN_OPERATION = 'call';

/** What a vendor's answer says about its longer allowance. */
export interface Quota {
  limit: number;
  left: number;
  /** Milliseconds since 1970, where the vendor says so. */
  resetAt: number | null;
}

/** Reads the allowance from an answer's headers; null where they say nothing that can be read. */
export function quotaOf({ quota }: VendorLimits, headers: Pick<Headers, 'get'>): Quota | null {
  if (!quota) return null;
  if (quota.kind === 'usage') {
    const [, used, limit] =
      new RegExp(`(?:^|[,;\\s])${quota.name}=(\\d+)/(\\d+)`).exec(headers.get(quota.header) ?? '') ?? [];
    return used && limit && Number(limit) > 0
      ? { limit: Number(limit), left: Math.max(0, Number(limit) - Number(used)), resetAt: null }
      : null;
  }
  const number = (name: string | null) => {
    const text = name === null ? null : headers.get(name);
    return text !== null && /^\d+$/.test(text) ? Number(text) : null;
  };
  const limit = number(quota.limit);
  const left = number(quota.left);
  const reset = number(quota.reset);
  if (!limit || left === null) return null;
  return { limit, left: Math.min(left, limit), resetAt: reset === null ? null : reset * 1000 };
}
