import 'server-only';
import { sha256hex } from './secrets';

/**
 * A document's id made of what it stands for, so that whoever comes a second time finds the first one's.
 * @param parts hold no line break but the last one's: two lists of parts must not read alike.
 * @param length in hexadecimal digits, each four bits against two that meet by chance.
 */
export function derivedId(parts: readonly string[], length = 40): string {
  return sha256hex(parts.join('\n')).slice(0, length);
}
