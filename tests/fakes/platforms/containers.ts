import { FakeGraph, graphError, objectMissing } from './meta';
import { type FakeAnswer, type FakeRequest, type FaultPoint, must, nextId, type SeenPost } from './server';

interface File {
  alt: string;
  mime: string;
  bytes: number;
}
interface Container {
  id: string;
  fields: Record<string, string>;
  files: File[];
  text: string;
  replyTo: string | undefined;
  createdAt: number;
  /** Status questions still to be answered with "in progress". */
  polls: number;
  error: string | undefined;
  expired: boolean;
  mediaId: string | undefined;
}
export interface FakePost {
  id: string;
  text: string;
  replyTo: string | undefined;
  files: File[];
  createdAt: Date;
}

/** What somebody else wrote below a post. */
export interface Heard {
  id: string;
  postId: string;
  /** The comment it answers. */
  parent: string | undefined;
  from: string;
  text: string;
  createdAt: Date;
}

const LIFE_MS = 24 * 3_600_000;

/** The way Instagram and Threads publish: containers that pull their files, asked after, published once each. */
export abstract class FakeContainers extends FakeGraph {
  readonly containers = new Map<string, Container>();
  readonly published = new Map<string, FakePost>();
  readonly heard = new Map<string, Heard>();
  abstract readonly account: { id: string; username: string };
  protected abstract readonly names: {
    make: string;
    publish: string;
    status: string;
    reason: string;
    text: string;
    /** Fields that the making of a container takes. */
    fields: ReadonlySet<string>;
    kinds: readonly string[];
    carouselMax: number;
  };
  /** Containers made from now on fail with this reason. */
  failWith: string | undefined;

  /** Somebody writes below a post, or below what another wrote there. @returns the id of it. */
  hear(from: string, text: string, on: string): string {
    const parent = this.heard.get(on);
    const said: Heard = {
      id: nextId('16'),
      postId: parent?.postId ?? on,
      parent: parent?.id,
      from,
      text,
      createdAt: this.clock.now(),
    };
    this.heard.set(said.id, said);
    return said.id;
  }

  /** Somebody writes a post of their own. @returns the id of it. */
  hearElsewhere(from: string, text: string): string {
    return this.hear(from, text, '');
  }

  /** What others wrote, newest first. */
  protected heardNewestFirst(): Heard[] {
    return [...this.heard.values()].toSorted(
      (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id.localeCompare(a.id),
    );
  }

  posts(): SeenPost[] {
    return [...this.published.values()].map((post) => ({
      id: post.id,
      text: post.text,
      replyTo: post.replyTo,
      media: post.files,
    }));
  }

  protected pointOf({ method, path }: FakeRequest): FaultPoint {
    if (/\/(oauth\/access_token|access_token|refresh_access_token)$/.test(path)) return 'token';
    if (
      method === 'POST' &&
      (path.endsWith(`/${this.names.publish}`) || /\/(comments|replies|mentions)$/.test(path))
    )
      return 'commit';
    if (method === 'POST' && path.endsWith(`/${this.account.id}/${this.names.make}`)) return 'upload';
    return 'read';
  }

  expireContainers(): void {
    for (const container of this.containers.values()) container.expired = true;
  }

  /** Makes a container and pulls its file. @see https://developers.facebook.com/docs/instagram-platform/content-publishing */
  protected async make(request: FakeRequest): Promise<FakeAnswer> {
    const form = request.form();
    for (const name of Object.keys(form))
      must(this.names.fields.has(name), graphError(400, 100, `Unknown parameter ${name}`));
    const type = form.media_type ?? 'IMAGE';
    must(this.names.kinds.includes(type), graphError(400, 100, `Invalid media_type ${type}`));
    must(
      !form.reply_to_id || this.published.has(form.reply_to_id) || this.heard.has(form.reply_to_id),
      graphError(400, 100, 'The reply_to_id does not exist'),
    );
    const container: Container = {
      id: nextId('17'),
      fields: form,
      files: await this.#files(type, form),
      text: form[this.names.text] ?? '',
      replyTo: form.reply_to_id,
      createdAt: this.clock.now().getTime(),
      polls: type === 'VIDEO' || type === 'REELS' ? 1 : 0,
      error: this.failWith,
      expired: false,
      mediaId: undefined,
    };
    this.containers.set(container.id, container);
    return { status: 200, body: { id: container.id } };
  }

  async #files(type: string, form: Record<string, string>): Promise<File[]> {
    if (type === 'TEXT') {
      must(form[this.names.text], graphError(400, 100, 'The text is required'));
      return [];
    }
    if (type !== 'CAROUSEL') {
      const url = form.image_url ?? form.video_url;
      must(url, graphError(400, 100, 'The media URL is required'));
      must(!form.image_url || !form.video_url, graphError(400, 100, 'One media URL only'));
      const response = await fetch(url).catch(() => undefined);
      must(response?.ok, graphError(400, 9004, 'The media could not be fetched from this URI.', 2207052));
      const bytes = (await response.arrayBuffer()).byteLength;
      return [{ alt: form.alt_text ?? '', mime: response.headers.get('content-type') ?? '', bytes }];
    }
    const children = (form.children ?? '').split(',').map((id) => this.#known(id));
    must(
      children.length >= 2 && children.length <= this.names.carouselMax,
      graphError(400, 100, 'A carousel needs 2 or more children'),
    );
    for (const child of children) {
      must(
        child.fields.is_carousel_item === 'true',
        graphError(400, 100, 'Children must be made as carousel items'),
      );
      must(this.#statusOf(child) === 'FINISHED', graphError(400, 9007, 'A child is not ready', 2207027));
    }
    return children.flatMap((child) => child.files);
  }

  protected status(id: string, fields: string): FakeAnswer {
    const container = this.#known(id);
    for (const field of fields.split(','))
      must(
        ['id', this.names.status, this.names.reason].includes(field),
        graphError(400, 100, `Tried accessing nonexisting field (${field})`),
      );
    container.polls -= 1;
    return {
      status: 200,
      body: {
        id,
        [this.names.status]: this.#statusOf(container),
        ...(container.error ? { [this.names.reason]: container.error } : {}),
      },
    };
  }

  #statusOf(container: Container): string {
    if (container.mediaId) return 'PUBLISHED';
    if (container.error) return 'ERROR';
    if (container.expired || this.clock.now().getTime() - container.createdAt > LIFE_MS) return 'EXPIRED';
    return container.polls >= 0 && container.fields.media_type !== undefined && this.#isVideo(container)
      ? 'IN_PROGRESS'
      : 'FINISHED';
  }

  #isVideo({ fields }: Container): boolean {
    return fields.media_type === 'VIDEO' || fields.media_type === 'REELS';
  }

  protected publish(request: FakeRequest): FakeAnswer {
    const form = request.form();
    must(
      Object.keys(form).join() === 'creation_id',
      graphError(400, 100, 'The parameter creation_id is required'),
    );
    const container = this.#known(form.creation_id ?? '');
    const status = this.#statusOf(container);
    must(
      status !== 'IN_PROGRESS',
      graphError(400, 9007, 'The media is not ready for publishing, please wait for a moment.', 2207027),
    );
    must(status !== 'EXPIRED', graphError(400, -2, 'The media has expired.', 2207020));
    must(status === 'FINISHED', graphError(400, 100, 'Invalid creation_id'));
    must(
      container.fields.is_carousel_item !== 'true',
      graphError(400, 100, 'A carousel item cannot be published'),
    );
    const post: FakePost = {
      id: nextId('18'),
      text: container.text,
      replyTo: container.replyTo,
      files: container.files,
      createdAt: this.clock.now(),
    };
    container.mediaId = post.id;
    this.published.set(post.id, post);
    return {
      status: 200,
      body: { id: post.id },
      headers: { 'x-app-usage': JSON.stringify({ call_count: 12, total_time: 3, total_cputime: 1 }) },
    };
  }

  #known(id: string): Container {
    const container = this.containers.get(id);
    must(container, objectMissing(id));
    return container;
  }

  protected insights(names: string, known: Record<string, number>): FakeAnswer {
    const data = names.split(',').map((name) => {
      must(
        known[name] !== undefined,
        graphError(400, 100, `metric[0] must be one of: ${Object.keys(known)}`),
      );
      return { name, period: 'lifetime', values: [{ value: known[name] }], id: nextId('insight') };
    });
    return { status: 200, body: { data } };
  }
}
