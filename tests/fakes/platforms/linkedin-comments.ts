import { z } from 'zod';
import type { Clock } from '@/core/time/clock';
import { type FakeAnswer, type FakeRequest, must, nextId, type SeenPost } from './server';

interface Comment {
  id: string;
  urn: string;
  on: string;
  actor: string;
  /** The comment it answers. */
  parent: string | undefined;
  text: string;
  createdAt: number;
}

const newComment = z.strictObject({
  actor: z.string(),
  object: z.string(),
  parentComment: z.string().optional(),
  message: z.strictObject({ text: z.string().min(1) }),
});

const COMMENTS_PER_PAGE = 3;

export const problem = (status: number, code: string, message: string): FakeAnswer => ({
  status,
  body: { status, code, message },
});

/** Comments below posts, and answers below comments, as `socialActions` shows them. */
export class LinkedInComments {
  readonly #all = new Map<string, Comment>();

  /** @param knows whether there is such a post. */
  constructor(
    readonly clock: Clock,
    readonly knows: (urn: string) => boolean,
  ) {}

  hear(name: string, text: string, on: string): string {
    return this.#say(on, undefined, `urn:li:person:${name}`, text).urn;
  }

  by(actors: readonly string[]): SeenPost[] {
    return [...this.#all.values()]
      .filter(({ actor }) => actors.includes(actor))
      .map(({ urn, on, parent, text }) => ({ id: urn, text, replyTo: parent ?? on, media: [] }));
  }

  /** Asked for, or one more. @param on a post or a comment */
  answer(request: FakeRequest, on: string): FakeAnswer {
    const parent = this.#all.get(on);
    const share = parent?.on ?? on;
    must(this.knows(share), problem(404, 'NOT_FOUND', 'The post does not exist'));
    if (request.method === 'GET') return this.#commentsOn(request.query, share, parent?.urn);
    const { object, message, actor, parentComment } = newComment.parse(request.json());
    must([share, activityOf(share)].includes(object), problem(400, 'BAD_REQUEST', 'Another object'));
    must(
      parentComment === parent?.urn && !parent?.parent,
      problem(400, 'BAD_REQUEST', 'Answers stand below a comment at the top'),
    );
    const { id, urn } = this.#say(share, parent?.urn, actor, message.text);
    return { status: 201, headers: { 'x-restli-id': id }, body: { id, commentUrn: urn, message } };
  }

  #say(on: string, parent: string | undefined, actor: string, text: string): Comment {
    const id = nextId();
    const urn = `urn:li:comment:(${activityOf(on)},${id})`;
    const comment: Comment = { id, urn, on, actor, parent, text, createdAt: this.clock.now().getTime() };
    this.#all.set(urn, comment);
    return comment;
  }

  #commentsOn(query: URLSearchParams, on: string, parent: string | undefined): FakeAnswer {
    const all = [...this.#all.values()].filter((one) => one.on === on && one.parent === parent);
    const start = Number(query.get('start') ?? 0);
    const count = Math.min(Number(query.get('count') ?? 10), COMMENTS_PER_PAGE);
    const elements = all.slice(start, start + count).map((one) => ({
      id: one.id,
      commentUrn: one.urn,
      actor: one.actor,
      object: activityOf(on),
      message: { attributes: [], text: one.text },
      created: { actor: one.actor, time: one.createdAt },
      ...(one.parent ? { parentComment: one.parent } : {}),
      commentsSummary: {
        totalFirstLevelComments: [...this.#all.values()].filter(({ parent: of }) => of === one.urn).length,
      },
    }));
    const links = start + count < all.length ? [{ rel: 'next', type: 'application/json', href: '/' }] : [];
    return { status: 200, body: { elements, paging: { start, count, links } } };
  }

  /** How many stand below each. @param list `List(urn,urn)`, decoded */
  counted(list: string): FakeAnswer {
    const ids = /^List\((.+)\)$/.exec(list)?.[1]?.split(',') ?? [];
    must(ids.length > 0, problem(400, 'BAD_REQUEST', 'ids is missing'));
    const counted = ids.map((id) => {
      const count = [...this.#all.values()].filter(({ on }) => on === id).length;
      return [id, { entity: id, commentSummary: { count, topLevelCount: count } }];
    });
    return { status: 200, body: { results: Object.fromEntries(counted), statuses: {}, errors: {} } };
  }
}

/** Comments name the activity of a post, not the post. */
function activityOf(share: string): string {
  return `urn:li:activity:${share.split(':').at(-1)}`;
}
