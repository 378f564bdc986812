import { ValidationError } from '@/core/errors';

/** @throws RangeError: ids are made by our own code. */
export function requireRequestId(requestId: string): void {
  if (!/^[\w.:-]{1,200}$/.test(requestId))
    throw new RangeError(`Not a request id: ${requestId.slice(0, 80)}`);
}

/** @throws ValidationError at `amount`. */
export function requireAmount(amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 1)
    throw ValidationError.at('amount', 'Token amounts are whole numbers from 1.');
}
