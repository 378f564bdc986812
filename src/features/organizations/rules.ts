import type { Actor } from '@/core/auth/principal';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import { outranks, type Role } from './permissions';

/** Decisions about people in an organisation: plain data in, an error or nothing out. */

/** Nobody changes or removes somebody who stands above them. */
export function requireRankOver(actor: Role, target: Role): void {
  if (!outranks(actor, target)) {
    throw new ForbiddenError(`Only an ${target} can change another ${target}. Ask one of them.`);
  }
}

/** Nobody grants a role above their own. */
export function requireGrantable(actor: Role, role: Role): void {
  if (!outranks(actor, role)) {
    throw new ForbiddenError(`You cannot give the role ${role}: it stands above your own. Ask an owner.`);
  }
}

/** An organisation without an owner could never be managed, billed or deleted again. */
export function requireAnotherOwner(owners: readonly { userId: string }[], leaving: string): void {
  if (owners.some((owner) => owner.userId !== leaving)) return;
  throw new ConflictError(
    'An organisation needs an owner. Make somebody else an owner first, or delete the organisation.',
  );
}

/** Some decisions are a person's own. */
export function requirePerson(actor: Pick<Actor, 'apiKeyId'>): void {
  if (actor.apiKeyId) throw new ForbiddenError('API keys cannot do this. Sign in as a person.');
}

/** The name typed again, so that nobody deletes by a slip. */
export function requireConfirmation(typed: string, expected: string, path: string): void {
  if (typed.trim() !== expected.trim()) {
    throw ValidationError.at(path, `Type “${expected}” exactly to confirm.`);
  }
}

/** @throws NotFoundError */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new NotFoundError(what);
  return value;
}
