import 'server-only';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { PlatformId } from '@/features/platforms/schema';
import type { ChannelDirectory } from './channel-directory';
import { postCreated } from './events';
import type { ContentRepository } from './repository';
import type { UnsavedPost } from './schema';
import { contentHash } from './variant';

export interface NewDraft {
  organizationId: string;
  userId: string;
  text: string;
  /** Chooses the channel when the organisation has exactly one of that network. */
  platform?: PlatformId;
}

/** Keeps what a model wrote as a draft of the person who asked for it. The caller has checked what they may do. */
export class DraftWriter {
  constructor(
    readonly deps: {
      repository: ContentRepository;
      channels: Pick<ChannelDirectory, 'ofPlatform'>;
      outbox: Outbox;
      ids: Ids;
    },
  ) {}

  static getInstance(): DraftWriter {
    return singleton<DraftWriter>('DraftWriter');
  }

  async saveDraft(draft: NewDraft): Promise<{ postId: string }> {
    const { repository, channels, outbox, ids } = this.deps;
    const candidates = draft.platform ? await channels.ofPlatform(draft.organizationId, draft.platform) : [];
    const [only] = candidates.length === 1 ? candidates : [];
    const content = {
      master: { text: draft.text, mediaIds: [] },
      channels: only ? [{ connectionId: only.id, platform: only.platform }] : [],
    };
    const post: UnsavedPost = {
      id: ids.next('post'),
      organizationId: draft.organizationId,
      authorId: draft.userId,
      ...content,
      channelIds: only ? [only.id] : [],
      mediaIds: [],
      tags: [],
      status: 'draft',
      version: 1,
      contentHash: await contentHash(content),
      approval: { status: 'none' },
      schedule: { mode: 'draft' },
      source: 'ai',
      ...(only?.sandbox ? { sandbox: true } : {}),
    };
    await repository.db.run(async (tx) => {
      repository.createIn(tx, post);
      outbox.append(tx, postCreated, {
        postId: post.id,
        organizationId: post.organizationId,
        authorId: post.authorId,
        actorId: draft.userId,
        source: 'ai',
        status: 'draft',
      });
    });
    return { postId: post.id };
  }
}
