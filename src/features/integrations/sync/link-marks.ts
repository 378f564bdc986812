import 'server-only';
import type { LinkMark } from './schema';

/** Links read at once: few at first, so that nobody waits for them; then one query for dozens of a vendor's pages. */
const FIRST = 1_000;
const BLOCK = 5_000;

/** The links of one kind of record in the vendor's own order, read alongside its list and ahead of it. */
export class LinkStream {
  #block: readonly LinkMark[] = [];
  #at = 0;
  #next: Promise<readonly LinkMark[]> | null;

  constructor(
    readonly read: (after: string, limit: number) => Promise<LinkMark[]>,
    after: string,
    readonly sizes = { first: FIRST, block: BLOCK },
  ) {
    this.#next = this.#ask(after, sizes.first);
  }

  /** Those after the last that were asked for, up to that place; all that are left without one. */
  async take(until: string | null): Promise<LinkMark[]> {
    const taken: LinkMark[] = [];
    for (;;) {
      for (; this.#at < this.#block.length; this.#at += 1) {
        const mark = this.#block[this.#at];
        if (!mark || (until !== null && mark.order > until)) return taken;
        taken.push(mark);
      }
      if (!this.#next) return taken;
      this.#block = await this.#next;
      this.#at = 0;
      const last = this.#block.at(-1);
      // A block may be short of one that could not be read: only an empty one is the end.
      this.#next = last ? this.#ask(last.order, this.sizes.block) : null;
    }
  }

  #ask(after: string, limit: number): Promise<readonly LinkMark[]> {
    const asked = this.read(after, limit);
    // Its trouble is told to whoever takes it.
    asked.catch(() => undefined);
    return asked;
  }
}
