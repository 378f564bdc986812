import type { Clock } from '@/core/time/clock';
import { type FakeAnswer, must, nextId } from './server';

/** What somebody else wrote below a post or a comment of the account. */
interface Received {
  name: string;
  author: string;
  parent: string;
  post: string;
  text: string;
  at: number;
}

const INBOX_PER_PAGE = 3;
export const bare = (status: number, message: string): FakeAnswer => ({
  status,
  body: { message, error: status },
});

/** What others wrote to the account, among private messages. */
export class RedditInbox {
  readonly #received: Received[] = [];

  constructor(readonly clock: Clock) {}

  hear(author: string, text: string, on: string): string {
    const name = `t1_${nextId('o')}`;
    const at = this.clock.now().getTime() / 1_000;
    this.#received.push({ name, author, parent: on, post: on, text, at });
    return name;
  }

  has(id: string): boolean {
    return this.#received.some(({ name }) => name === id);
  }

  /** Comments and private messages, newest first. */
  list(query: URLSearchParams): FakeAnswer {
    must(query.get('mark') === 'false', bare(400, 'The fake wants unread messages left unread.'));
    const comments = this.#received.map((one) => ({
      kind: 't1',
      data: {
        name: one.name,
        author: one.author,
        body: one.text,
        parent_id: one.parent,
        created_utc: one.at,
        context: `/r/gardening/comments/${one.post.slice(3)}/a_post/${one.name.slice(3)}/?context=3`,
        type: 'post_reply',
        was_comment: true,
        subject: 'post reply',
      },
    }));
    const first = this.#received[0]?.at ?? 0;
    const message = { name: 't4_1', author: 'somebody', body: 'psst', subject: 'hi', created_utc: first };
    const all = [{ kind: 't4', data: message }, ...comments].reverse();
    const from = Number(query.get('after') ?? 0);
    const to = from + INBOX_PER_PAGE;
    const after = to < all.length ? String(to) : null;
    return { status: 200, body: { kind: 'Listing', data: { after, children: all.slice(from, to) } } };
  }
}
