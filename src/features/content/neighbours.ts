import type { Finding } from '@/features/platforms/finding-schema';
import type { Connection } from '@/features/platforms/schema';
import type { PlannedRun } from './run-planner';
import type { ComposedContent, Post } from './schema';
import { effectiveVariant } from './variant';

/** Two posts of one channel closer than this are told of. */
export const CLOSE_MS = 15 * 60_000;
/** Nearly the same words within this time are told of. */
export const SIMILAR_MS = 30 * 24 * 3600_000;
/** Share of words two texts have in common from which they count as nearly the same. */
const SIMILAR_FROM = 0.8;

/** A post that is planned: each channel with its instant. */
export interface Planned {
  postId: string;
  content: ComposedContent;
  channels: readonly { connection: Connection; dueAt: Date }[];
}

export interface Surroundings {
  /** Of the organisation, due around that time. */
  runs: readonly Pick<PlannedRun, 'postId' | 'connectionId' | 'dueAt' | 'slotId'>[];
  /** The newest of the organisation, whatever became of them. */
  posts: readonly Pick<
    Post,
    'id' | 'master' | 'channels' | 'thread' | 'firstComment' | 'schedule' | 'status' | 'publishedAt'
  >[];
}

/** What other posts make doubtful about this one. Only warnings: people may have their reasons. Pure. */
export function neighbourFindings(planned: Planned, { runs, posts }: Surroundings): Finding[] {
  const others = {
    runs: runs.filter((run) => run.postId !== planned.postId),
    posts: posts.filter((post) => post.id !== planned.postId),
  };
  return planned.channels.flatMap((channel, index) => [
    ...closeTo(channel, others.runs),
    ...similarTo(planned, index, others.posts),
  ]);
}

function closeTo({ connection, dueAt }: Planned['channels'][number], runs: Surroundings['runs']): Finding[] {
  const gap = (run: (typeof runs)[number]) => Math.abs(run.dueAt.getTime() - dueAt.getTime());
  const [nearest] = runs
    .filter((run) => run.connectionId === connection.id && gap(run) < CLOSE_MS)
    .sort((a, b) => gap(a) - gap(b));
  if (!nearest) return [];
  const taken = nearest.slotId !== null && gap(nearest) < 60_000;
  return [
    {
      code: taken ? 'slot_taken' : 'run_too_close',
      severity: 'warning',
      path: 'schedule',
      connectionId: connection.id,
      message: taken
        ? `Another post has this queue slot of ${connection.displayName}.`
        : `Another post goes out on ${connection.displayName} within 15 minutes of this one.`,
      actual: nearest.dueAt.toISOString(),
      fix: 'Choose another time, or leave it if you mean it.',
    },
  ];
}

function similarTo(planned: Planned, index: number, posts: Surroundings['posts']): Finding[] {
  const channel = planned.channels[index];
  if (!channel) return [];
  const { connection, dueAt } = channel;
  const { text } = effectiveVariant(planned.content, connection.id);
  const words = wordsOf(text);
  // Pictures without words, or a single word, are not what readers call a repetition.
  if (words.size < 2) return [];
  const finding = (message: string): Finding[] => [
    {
      code: 'similar_recent_post',
      severity: 'warning',
      path: 'text',
      connectionId: connection.id,
      message,
      fix: 'Say it in other words, or leave it if you mean it.',
    },
  ];
  const here = posts.find((post) =>
    post.channels.some(
      ({ connectionId }) =>
        connectionId === connection.id && isNear(post, dueAt) && isSimilar(post, connectionId, words),
    ),
  );
  if (here) return finding(`${connection.displayName} says nearly the same in a post within 30 days.`);
  // The practice network has no rule against repeating oneself across accounts.
  if (connection.sandbox) return [];
  const { platform } = connection;
  const twin = planned.channels
    .slice(0, index)
    .some(
      (other) =>
        other.connection.platform === platform &&
        similarity(words, wordsOf(effectiveVariant(planned.content, other.connection.id).text)) >=
          SIMILAR_FROM,
    );
  const elsewhere = posts.some((post) =>
    post.channels.some(
      (other) =>
        other.platform === platform && isNear(post, dueAt) && isSimilar(post, other.connectionId, words),
    ),
  );
  return twin || elsewhere
    ? finding('Another of your accounts on this network says nearly the same. Networks may hide repetitions.')
    : [];
}

type Other = Surroundings['posts'][number];

/** Planned or out, and within the time. A draft says nothing to anybody yet. */
function isNear(post: Other, dueAt: Date): boolean {
  if (post.status === 'draft' || post.status === 'deleted') return false;
  const at = post.publishedAt ?? post.schedule.dueAt;
  return at !== undefined && at !== null && Math.abs(at.getTime() - dueAt.getTime()) <= SIMILAR_MS;
}

function isSimilar(post: Other, connectionId: string, words: ReadonlySet<string>): boolean {
  return similarity(words, wordsOf(effectiveVariant(post, connectionId).text)) >= SIMILAR_FROM;
}

/** Links, punctuation and capitals make no difference to a reader. */
function wordsOf(text: string): ReadonlySet<string> {
  const plain = text.toLowerCase().replaceAll(/https?:\/\/\S+/g, ' ');
  return new Set(plain.match(/[\p{L}\p{M}\p{N}#@]+/gu) ?? []);
}

/** Words in common ÷ words in all. */
function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  const common = [...a].filter((word) => b.has(word)).length;
  return common / (a.size + b.size - common);
}
