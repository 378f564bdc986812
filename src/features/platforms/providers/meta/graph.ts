import 'server-only';
import { z } from 'zod';
import type { Classification, Classify, PlatformAnswer } from '@/features/platforms/providers/http';

/**
 * What all of Meta's Graph APIs share: their error object and their usage headers.
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling (checked 2026-11-21)
 */
const graphError = z.object({
  error: z.object({
    message: z.string().optional(),
    type: z.string().optional(),
    code: z.number().optional(),
    error_subcode: z.number().optional(),
    error_user_msg: z.string().optional(),
    is_transient: z.boolean().optional(),
  }),
});
/** Of the code exchange at api.instagram.com and graph.threads.net. */
const tokenError = z.object({
  error_type: z.string().optional(),
  code: z.number().optional(),
  error_message: z.string().optional(),
});

/** Whose limit it is: 4 counts the app, the others one person, Page or business account. */
const RATE_CODES = new Map<number, 'account' | 'app'>([
  [4, 'app'],
  [17, 'account'],
  [32, 'account'],
  [613, 'account'],
]);
/** Business use case limits. @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting (checked 2026-11-21) */
const BUSINESS_RATE = { from: 80_000, to: 80_014 };
const AUTH_CODES = new Set([102, 190, 463, 467]);

/**
 * Subcodes of publishing to Instagram that say more than their code.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes (checked 2026-11-21)
 */
const SUBCODES = new Map<number, Classification>([
  // "The media is not ready for publishing, please wait for a moment."
  [2207027, { kind: 'unavailable', retryable: true, retryAfterMs: 15_000, vendorCode: 'media_not_ready' }],
  // Gone, or never known: a new container is needed.
  [2207006, { kind: 'unavailable', retryable: true, vendorCode: 'container_gone' }],
  [2207008, { kind: 'unavailable', retryable: true, vendorCode: 'container_gone' }],
  [2207020, { kind: 'unavailable', retryable: true, vendorCode: 'container_gone' }],
  [2207032, { kind: 'unavailable', retryable: true, vendorCode: 'container_gone' }],
  [2207053, { kind: 'unavailable', retryable: true, vendorCode: 'container_gone' }],
  [2207003, { kind: 'unavailable', retryable: true, vendorCode: 'media_download_timeout' }],
  [2207001, { kind: 'unavailable', retryable: true, outcome: 'unknown', vendorCode: 'server_error' }],
  // "You reached maximum number of posts that is allowed to be published by Content Publishing API."
  [2207042, { kind: 'quota', scope: 'account', retryable: false, vendorCode: 'posts_day' }],
  [2207051, { kind: 'content_policy', retryable: false, vendorCode: 'restricted_activity' }],
]);

/** Codes without a subcode that we know. */
const CODES = new Map<number, Classification>([
  // Neither says whether the request was carried out.
  [1, { kind: 'unavailable', retryable: true, outcome: 'unknown', vendorCode: 'server_error' }],
  [2, { kind: 'unavailable', retryable: true, outcome: 'unknown', vendorCode: 'server_error' }],
  [10, { kind: 'invalid_request', retryable: false, vendorCode: 'permission' }],
  [368, { kind: 'content_policy', retryable: false, vendorCode: 'policy' }],
  [506, { kind: 'invalid_request', retryable: false, vendorCode: 'duplicate' }],
  [9007, { kind: 'unavailable', retryable: true, retryAfterMs: 15_000, vendorCode: 'media_not_ready' }],
]);

export const classifyGraph: Classify = (answer) => {
  const said = graphError.safeParse(answer.body).data?.error;
  if (!said) return classifyTokenAnswer(answer);
  const code = said.code ?? 0;
  const detail = said.error_user_msg ?? said.message;
  const facts = { ...(detail ? { detail } : {}), vendorCode: codeText(code, said.error_subcode) };
  const known = SUBCODES.get(said.error_subcode ?? 0);
  if (known) return { ...facts, ...known };
  if (AUTH_CODES.has(code)) return { ...facts, kind: 'auth_expired', retryable: false };
  const rate = rateScope(code, answer.status);
  if (rate) return { ...facts, kind: 'rate_limit', scope: rate, retryable: true, ...regainOf(answer) };
  // "Unsupported get request. Object with ID … does not exist": gone, or never ours.
  if (code === 100 && said.error_subcode === 33)
    return { ...facts, kind: 'invalid_request', retryable: false, vendorCode: 'not_found' };
  if (code >= 200 && code < 300)
    return { ...facts, kind: 'invalid_request', retryable: false, vendorCode: 'permission' };
  const plain = CODES.get(code);
  if (plain) return { ...facts, ...plain };
  if (said.is_transient) return { ...facts, kind: 'unavailable', retryable: true, outcome: 'unknown' };
  return facts;
};

function codeText(code: number, subcode: number | undefined): string {
  return subcode ? `${code}/${subcode}` : String(code);
}

function rateScope(code: number, status: number): 'account' | 'app' | undefined {
  const known = RATE_CODES.get(code);
  if (known) return known;
  return status === 429 || (code >= BUSINESS_RATE.from && code <= BUSINESS_RATE.to) ? 'account' : undefined;
}

function classifyTokenAnswer(answer: PlatformAnswer): Classification {
  const said = tokenError.safeParse(answer.body).data;
  const rate = answer.status === 429 ? regainOf(answer) : {};
  if (!said?.error_message) return rate;
  return { ...rate, detail: said.error_message, vendorCode: said.error_type ?? String(said.code ?? '') };
}

const businessUsage = z.record(
  z.string(),
  z.array(
    z.object({
      call_count: z.number().optional(),
      total_cputime: z.number().optional(),
      total_time: z.number().optional(),
      /** Minutes. */
      estimated_time_to_regain_access: z.number().optional(),
    }),
  ),
);
const appUsage = z.object({
  call_count: z.number().optional(),
  total_cputime: z.number().optional(),
  total_time: z.number().optional(),
});

function jsonOf(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** When access comes back, where Meta estimates it. */
function regainOf(answer: PlatformAnswer): { retryAfterMs?: number } {
  const usage = businessUsage.safeParse(jsonOf(answer.headers.get('x-business-use-case-usage'))).data;
  const minutes = Object.values(usage ?? {})
    .flat()
    .map((entry) => entry.estimated_time_to_regain_access ?? 0);
  const most = Math.max(0, ...minutes);
  return most > 0 ? { retryAfterMs: most * 60_000 } : {};
}

/**
 * Usage headers are percentages of an allowance whose size is not told: what is left of 100.
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers (checked 2026-11-21)
 */
export function usageOf(headers: Headers) {
  const app = appUsage.safeParse(jsonOf(headers.get('x-app-usage'))).data;
  const business = businessUsage.safeParse(jsonOf(headers.get('x-business-use-case-usage'))).data;
  const seen = [
    ...(app ? [{ scope: 'app' as const, name: 'app_usage', used: highest([app]) }] : []),
    ...Object.values(business ?? {}).map((entries) => ({
      scope: 'account' as const,
      name: 'account_usage',
      used: highest(entries),
    })),
  ].toSorted((a, b) => b.used - a.used)[0];
  if (!seen) return undefined;
  return {
    scope: seen.scope,
    name: seen.name,
    limit: 100,
    remaining: Math.max(0, Math.floor(100 - seen.used)),
  };
}

function highest(entries: readonly z.infer<typeof appUsage>[]): number {
  return Math.max(
    0,
    ...entries.flatMap((entry) => [entry.call_count ?? 0, entry.total_cputime ?? 0, entry.total_time ?? 0]),
  );
}
