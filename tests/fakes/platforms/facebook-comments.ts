import type { Clock } from '@/core/time/clock';
import { edgePage, graphError, stamp } from './meta';
import { type FakeAnswer, must, nextId, type SeenPost } from './server';

interface Comment {
  id: string;
  on: string;
  /** The comment it answers. */
  parent: string | undefined;
  from: { id: string; name: string };
  message: string;
  createdAt: Date;
}

/** What stands below the posts of Pages. @see https://developers.facebook.com/docs/graph-api/reference/object/comments/ */
export class FacebookComments {
  readonly #all = new Map<string, Comment>();

  constructor(
    readonly clock: Clock,
    readonly pages: readonly { id: string; name: string }[],
    readonly url: () => string,
  ) {}

  has(id: string): boolean {
    return this.#all.has(id);
  }

  delete(id: string): void {
    this.#all.delete(id);
  }

  hear(name: string, message: string, on: string): string {
    return this.#say(on, message, { id: `7${name.length}00${name.charCodeAt(0)}`, name }).id;
  }

  /** What Pages wrote. */
  own(): SeenPost[] {
    return [...this.#all.values()]
      .filter(({ from }) => this.pages.some(({ id }) => id === from.id))
      .map(({ id, on, parent, message }) => ({ id, text: message, replyTo: parent ?? on, media: [] }));
  }

  /** As a Page. */
  write({ message }: Record<string, string>, page: string, on: string): FakeAnswer {
    must(message, graphError(400, 100, 'The parameter message is required'));
    const known = this.pages.find(({ id }) => id === page);
    const { id } = this.#say(on, message, { id: page, name: known?.name ?? '' });
    return { status: 200, body: { id } };
  }

  #say(on: string, message: string, from: Comment['from']): Comment {
    const parent = this.#all.get(on);
    must(!parent?.parent, graphError(400, 100, 'Comments below an answer are not taken'));
    const comment: Comment = {
      id: `${on.split('_').at(-1)}_${nextId()}`,
      on: parent?.on ?? on,
      parent: parent?.id,
      from,
      message,
      createdAt: this.clock.now(),
    };
    this.#all.set(comment.id, comment);
    return comment;
  }

  /** A list below a post or a comment. */
  on(query: URLSearchParams, on: string): FakeAnswer {
    const body = edgePage(
      this.#below(on, Number(query.get('since') ?? 0)),
      Number(query.get('limit') ?? 25),
      query.get('after'),
      this.url(),
    );
    return { status: 200, body };
  }

  /** What stands below a post or a comment, newest first. @param since epoch seconds */
  #below(on: string, since: number) {
    return [...this.#all.values()]
      .filter((one) => (one.on === on || one.parent === on) && one.createdAt.getTime() >= since * 1_000)
      .reverse()
      .map((one) => ({
        id: one.id,
        message: one.message,
        created_time: stamp(one.createdAt),
        from: one.from,
        permalink_url: `https://www.facebook.com/${on}?comment_id=${one.id}`,
        ...(one.parent ? { parent: { id: one.parent } } : {}),
      }));
  }

  /** Posts with their comments. @see https://developers.facebook.com/docs/graph-api/guides/field-expansion */
  discussed(query: URLSearchParams, posts: readonly string[], scopes: readonly string[]): FakeAnswer {
    must(
      scopes.includes('pages_read_user_content'),
      graphError(403, 10, "(#10) This endpoint requires the 'pages_read_user_content' permission"),
    );
    const wanted =
      /comments\.filter\(stream\)\.order\(reverse_chronological\)\.since\((\d+)\)\.limit\((\d+)\)/.exec(
        query.get('fields') ?? '',
      );
    must(wanted, graphError(400, 2500, 'Syntax error in fields'));
    const data = posts.map((id) => {
      const below = this.#below(id, Number(wanted[1]));
      return {
        id,
        ...(below.length > 0 ? { comments: edgePage(below, Number(wanted[2]), null, this.url()) } : {}),
      };
    });
    return {
      status: 200,
      body: edgePage(data, Number(query.get('limit') ?? 25), query.get('after'), this.url()),
    };
  }
}
