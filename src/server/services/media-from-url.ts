import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { ExternalServiceError, ValidationError } from '@/core/errors';
import { statusFailure } from '@/core/http/outbound-failure';
import { MediaService, type Stored } from '@/features/content/media-service';
import { core } from '../core';

/** A gigabyte, as an upload may have. */
const MEDIA_BYTES = 1024 ** 3;
const MEDIA_MS = 120_000;

export interface FileAtUrl {
  url: string;
  filename?: string | undefined;
  altText?: string | undefined;
  tags?: readonly string[] | undefined;
}

/**
 * Fetches a file that somebody named by its address into the media library.
 * @throws ValidationError at `input.url` when it cannot be had.
 */
export async function mediaFromUrl(
  actor: Actor,
  { url, filename, altText, tags }: FileAtUrl,
  signal: AbortSignal,
): Promise<Stored> {
  try {
    const response = await core.outbound.request({
      url,
      guarded: true,
      signal,
      timeoutMs: MEDIA_MS,
      maxResponseBytes: MEDIA_BYTES,
    });
    if (!response.ok) {
      await response.discard();
      throw statusFailure(new URL(url).hostname, response, { now: core.clock.now() });
    }
    const name = filename ?? nameIn(response.url);
    const file = { source: response.chunks(), filename: name, altText, tags, from: 'url' as const };
    return await MediaService.getInstance().upload(actor, file);
  } catch (error) {
    if (!(error instanceof ExternalServiceError)) throw error;
    // The address is the caller's: what is wrong with it is a fault of the input.
    throw ValidationError.at('input.url', `The file could not be fetched. ${error.message}`);
  }
}

function nameIn(address: string): string | undefined {
  const last = new URL(address).pathname.split('/').at(-1) ?? '';
  return last.slice(0, 200) || undefined;
}
