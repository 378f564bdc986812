import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import type { RateClass } from '@/core/http/rate-classes';
import type { PostDetail, PublishAnswer, SavedPost, ValidateAnswer } from '@/features/content/answer-schema';
import type { StoredMedia } from '@/features/content/media-schema';
import type {
  CreatePostRequest,
  ListPostsQuery,
  Post,
  PublishRequest,
  UpdatePostRequest,
  ValidateRequest,
} from '@/features/content/schema';
import type { DashboardQuery, Performance } from '@/features/dashboard/schema';
import type { AccountView } from '@/features/platforms/schema';
import type { CalendarAnswer, CalendarQuery } from '@/features/publishing/calendar/schema';
import type { ResolveRequest, RunView } from '@/features/publishing/schema';
import type { SlotList } from '@/features/publishing/slots/schema';

/** What tools are made of: the same services that the HTTP API calls, as the composition root hands them over. */
export interface McpServices {
  channels: {
    list(actor: Actor): Promise<{ items: AccountView[] }>;
    get(actor: Actor, id: string): Promise<AccountView>;
  };
  posts: {
    validate(organizationId: string, request: ValidateRequest): Promise<ValidateAnswer>;
    create(actor: Actor, request: CreatePostRequest): Promise<SavedPost>;
    update(actor: Actor, id: string, version: number, patch: UpdatePostRequest): Promise<SavedPost>;
    get(actor: Actor, id: string): Promise<PostDetail>;
    list(actor: Actor, query: ListPostsQuery): Promise<Page<Post>>;
    publish(actor: Actor, request: PublishRequest, wait: number, signal: AbortSignal): Promise<PublishAnswer>;
  };
  runs: {
    unconfirmed(organizationId: string): Promise<RunView[]>;
    resolve(actor: Actor, postId: string, runId: string, answer: ResolveRequest): Promise<RunView>;
  };
  calendar: { calendar(actor: Actor, query: CalendarQuery): Promise<CalendarAnswer> };
  slots: { list(actor: Actor): Promise<SlotList> };
  media: {
    /** Fetches a file from a public address into the library. */
    fromUrl(
      actor: Actor,
      file: {
        url: string;
        filename?: string | undefined;
        altText?: string | undefined;
        tags: readonly string[];
      },
      signal: AbortSignal,
    ): Promise<StoredMedia>;
  };
  analytics: { performance(actor: Actor, query: DashboardQuery): Promise<Performance> };
  /** Counts one call of a class for this key. @throws RateLimitedError */
  limit(rateClass: RateClass, actor: Actor): Promise<void>;
  /** Runs once under a caller's key; the same key again gives the same answer. @throws ConflictError */
  once(scope: string, key: string, input: unknown, run: () => Promise<unknown>): Promise<unknown>;
}
