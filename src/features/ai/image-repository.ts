import 'server-only';
import type { Db, Doc } from '@/core/db/db';
import type { Clock } from '@/core/time/clock';
import type { ImageRequest } from './image-schema';
import { aiImageJobModel } from './model';

const KEEP_MS = 30 * 86_400_000;

/** Requests for pictures and what became of them. */
export class ImageJobRepository {
  constructor(
    readonly db: Db,
    readonly clock: Clock,
  ) {}

  get(id: string): Promise<Doc<typeof aiImageJobModel> | null> {
    return this.db.get(this.db.doc(aiImageJobModel, id));
  }

  async create(
    id: string,
    owner: { organizationId: string; userId: string },
    request: ImageRequest,
    assetIds: string[],
  ): Promise<void> {
    await this.db.create(this.db.doc(aiImageJobModel, id), {
      organizationId: owner.organizationId,
      userId: owner.userId,
      request,
      status: 'queued',
      assetIds,
      error: null,
      usage: null,
      tokens: null,
      expiresAt: new Date(this.clock.now().getTime() + KEEP_MS),
    });
  }

  async update(
    id: string,
    patch: Partial<Pick<Doc<typeof aiImageJobModel>, 'status' | 'assetIds' | 'error' | 'usage' | 'tokens'>>,
  ): Promise<void> {
    await this.db.update(this.db.doc(aiImageJobModel, id), patch);
  }
}
