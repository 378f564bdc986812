import type { PreviewModel } from '@/features/platforms/rules/preview';
import type { Connection } from '@/features/platforms/schema';
import type { MediaAsset } from '../../media-schema';

/** What a network's drawing needs: the account, each part of the post as the reader sees it, its files. */
export interface PostView {
  account: Pick<Connection, 'displayName' | 'handle' | 'avatarUrl' | 'platform'>;
  parts: { model: PreviewModel; media: MediaAsset[]; title?: string }[];
  firstComment: string | null;
  settings: Readonly<Record<string, unknown>>;
}
