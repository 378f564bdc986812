import { SystemError, ValidationError } from '@/core/errors';

/** 256 kB: far above any JSON a person's work produces, far below what could hurt. Routes that need more say so. */
export const DEFAULT_BODY_LIMIT = 256 * 1024;
const MAX_DEPTH = 32;

/**
 * Reads a body without ever holding more than the limit.
 * @param limit in bytes.
 * @throws SystemError `payload_too_large` as soon as the declared or the real size exceeds the limit.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () =>
    new SystemError(`The request body is larger than the ${limit} bytes allowed here.`, 'payload_too_large');
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > limit) throw tooLarge();
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

/** @throws ValidationError at `body` when the text is not JSON or nests deeper than any of our schemas. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not valid JSON';
    throw ValidationError.at('body', `The body is not valid JSON: ${reason}`);
  }
  if (deeperThan(value, MAX_DEPTH))
    throw ValidationError.at('body', `The body nests deeper than ${MAX_DEPTH} levels.`);
  return value;
}

function deeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => deeperThan(inner, levels - 1));
}

/** @throws SystemError `unsupported_media_type` unless the caller says JSON. */
export function requireJson(request: Request): void {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && !type.endsWith('+json')) {
    throw new SystemError('Send the body as application/json.', 'unsupported_media_type');
  }
}
