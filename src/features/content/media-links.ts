import 'server-only';
import { z } from 'zod';
import type { EncryptionService } from '@/core/crypto/encryption';
import { isSystemError, NotFoundError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';

/** Bound to links: a sealed value of another purpose does not open as one. */
const CONTEXT = 'media_link';
/** Long enough for a network that queues its downloads. */
const LIFETIME_MS = 2 * 3600_000;

const sealedSchema = z.strictObject({ o: z.string(), a: z.string(), e: z.number() });

/** Expiring links to single files, for networks that fetch what is posted. Whoever has one reads that one file, nothing else. */
export class MediaLinks {
  constructor(
    readonly encryption: EncryptionService,
    readonly clock: Clock,
    readonly appUrl: string,
  ) {}

  async make({ organizationId, assetId }: { organizationId: string; assetId: string }): Promise<string> {
    const ends = this.clock.now().getTime() + LIFETIME_MS;
    const token = await this.encryption.encryptJson({ o: organizationId, a: assetId, e: ends }, CONTEXT);
    return new URL(`/api/media/linked/${encodeURIComponent(token)}`, this.appUrl).href;
  }

  /** @throws NotFoundError for anything this did not make, and after its end: who guesses learns nothing. */
  async open(token: string): Promise<{ organizationId: string; assetId: string }> {
    try {
      const { o, a, e } = sealedSchema.parse(await this.encryption.decryptJson(token, CONTEXT));
      if (e > this.clock.now().getTime()) return { organizationId: o, assetId: a };
    } catch (error) {
      // While the key service is away the link is not wrong; anything else that does not open is no link of ours.
      if (isSystemError(error) && error.code === 'service_unavailable') throw error;
    }
    throw new NotFoundError('This link');
  }
}
