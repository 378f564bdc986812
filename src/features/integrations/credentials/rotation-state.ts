import type { RotationPolicy } from './schema';

/** What a rotation policy says about a secret. Pure: the check of a use and what people see go by the same words. */
export interface RotatedSecret {
  issuedAt: Date;
  /** Renewed by itself: a policy for secrets that people give has nothing to say. */
  refreshable: boolean;
  rotationPolicy: RotationPolicy;
}

export type RotationState = 'good' | 'due' | 'overdue' | 'blocked';

const DAY_MS = 86_400_000;

/** When it should have been replaced; null for one that is renewed by itself. */
export function replaceBy({ issuedAt, refreshable, rotationPolicy }: RotatedSecret): Date | null {
  return refreshable ? null : new Date(issuedAt.getTime() + rotationPolicy.maxAgeDays * DAY_MS);
}

export function rotationState(secret: RotatedSecret, now: Date): RotationState {
  const end = replaceBy(secret);
  if (!end) return 'good';
  if (now >= end) return secret.rotationPolicy.block ? 'blocked' : 'overdue';
  return now >= warnAt(end, secret.rotationPolicy) ? 'due' : 'good';
}

/** When people are told of a fresh secret's end. */
export function firstNotice(secret: RotatedSecret): Date | null {
  const end = replaceBy(secret);
  return end && warnAt(end, secret.rotationPolicy);
}

/** After people were told: when it is refused, where it is. Otherwise once is enough. */
export function noticeAfter(secret: RotatedSecret, now: Date): Date | null {
  const end = replaceBy(secret);
  return end && secret.rotationPolicy.block && now < end ? end : null;
}

/** Whole days. */
export function ageInDays({ issuedAt }: Pick<RotatedSecret, 'issuedAt'>, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - issuedAt.getTime()) / DAY_MS));
}

function warnAt(end: Date, { warnDays, maxAgeDays }: RotationPolicy): Date {
  return new Date(end.getTime() - Math.min(warnDays, maxAgeDays) * DAY_MS);
}
