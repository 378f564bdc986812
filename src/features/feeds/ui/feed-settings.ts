import { DEFAULT_TEMPLATE, FEED_LIMITS, type FeedDoc } from '../schema';

/** What a person decides about a feed. */
export type FeedSettings = Pick<
  FeedDoc,
  'connectionIds' | 'mode' | 'writer' | 'template' | 'instruction' | 'intervalMinutes'
>;

export const NEW_SETTINGS: FeedSettings = {
  connectionIds: [],
  mode: 'draft',
  writer: 'template',
  template: DEFAULT_TEMPLATE,
  instruction: '',
  intervalMinutes: FEED_LIMITS.intervalDefault,
};

export function settingsOf(feed: FeedDoc): FeedSettings {
  const { connectionIds, mode, writer, template, instruction, intervalMinutes } = feed;
  return { connectionIds, mode, writer, template, instruction, intervalMinutes };
}

/** Minutes that are offered; an interval set through the API stands beside them. */
export function intervalChoices(current: number): number[] {
  return [...new Set([15, 30, 60, 180, 720, 1_440, current])].sort((a, b) => a - b);
}

export type FeedState = 'active' | 'failing' | 'paused' | 'stopped';

export function stateOf({ status, failures }: Pick<FeedDoc, 'status' | 'failures'>): FeedState {
  if (status === 'disabled') return 'stopped';
  if (status === 'paused') return 'paused';
  return failures > 0 ? 'failing' : 'active';
}
