/**
 * Keys carry whose data they hold: `org_{id}_{area}_…`, `user_{id}_{area}_…`; `app_{area}_…` for what belongs to nobody.
 * The owner is the group that can be invalidated as a whole, the area a part of it.
 */
export interface CacheKey {
  text: string;
  /** `org_42` */
  group: string;
  /** `dashboard` */
  area: string;
}

const KEY = /^((?:org|user)_[^_]+|app)_([^_]+)(?:_.+)?$/s;
const PATTERN = /^((?:org|user)_[^_]+|app)(?:_([^_*]+))?_\*$/;
const MAX_LENGTH = 400;

/** @throws RangeError for a key that does not say whose data it holds: it could be served to another tenant. */
export function parseKey(text: string): CacheKey {
  const match = KEY.exec(text);
  if (!match?.[1] || !match[2] || text.length > MAX_LENGTH) {
    throw new RangeError(
      `Cache key ${text.slice(0, 80)} must look like org_{id}_{area}_… or user_{id}_{area}_….`,
    );
  }
  return { text, group: match[1], area: match[2] };
}

/**
 * What to invalidate: `org_42_*` everything of a group, `org_42_dashboard_*` one area; a single key stands for its area,
 * because the area is the smallest unit that all layers can forget at once.
 */
export function parsePattern(pattern: string): { group: string; area: string | null } {
  const match = PATTERN.exec(pattern);
  if (match?.[1]) return { group: match[1], area: match[2] ?? null };
  if (pattern.includes('*'))
    throw new RangeError(`Cache pattern ${pattern.slice(0, 80)} must end in _* after group or area.`);
  const { group, area } = parseKey(pattern);
  return { group, area };
}

/** An id with an underscore would blur where it ends. */
const plain = (id: string) => id.replaceAll('_', '~');

export const cacheKey = {
  org: (organizationId: string, area: string, ...rest: (string | number)[]) =>
    ['org', plain(organizationId), area, ...rest].join('_'),
  user: (userId: string, area: string, ...rest: (string | number)[]) =>
    ['user', plain(userId), area, ...rest].join('_'),
  app: (area: string, ...rest: (string | number)[]) => ['app', area, ...rest].join('_'),
};
