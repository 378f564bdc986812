import { ExternalServiceError } from '@/core/errors';
import type { IntegrationType } from '../connections/schema';
import type { VendorPage } from '../providers/types';

/** Pages that wait to be looked at, at most. */
const AHEAD = 4;

interface Asked {
  cursor: string;
  page: Promise<VendorPage>;
}

/**
 * A vendor's list, page by page. Each answer tells where the next page is, so that is asked for at once, whoever is still at work on
 * those before: what a vendor takes to answer passes only once.
 */
export class VendorPages {
  readonly #seen = new Set<string>();
  #ahead: Asked[] = [];
  /** The last page that came, while the one after it is not asked for yet. */
  #end: VendorPage | null = null;

  constructor(
    readonly type: IntegrationType,
    readonly fetch: (cursor: string | null) => Promise<VendorPage>,
    /** Whether there is time for another page. */
    readonly open: () => boolean,
  ) {}

  /** @throws what the vendor's call threw, and ExternalServiceError `cursor_stuck` for a list that leads in a circle. */
  async read(cursor: string | null): Promise<VendorPage> {
    const page = await (this.#taken(cursor) ?? this.#anew(cursor));
    this.requireProgress(cursor, page.next);
    return page;
  }

  #taken(cursor: string | null): Promise<VendorPage> | null {
    const [first] = this.#ahead;
    if (!first || first.cursor !== cursor) return null;
    this.#ahead.shift();
    this.#ask();
    return first.page;
  }

  /** What was asked for ahead belongs to another place, or had trouble. */
  #anew(cursor: string | null): Promise<VendorPage> {
    this.#ahead = [];
    this.#end = null;
    const page = this.fetch(cursor);
    this.#follow(page);
    return page;
  }

  #ask(): void {
    const cursor = this.#end?.next;
    if (!cursor || this.#ahead.length >= AHEAD || !this.open()) return;
    this.#end = null;
    const page = this.fetch(cursor);
    this.#ahead.push({ cursor, page });
    this.#follow(page);
  }

  /** Its trouble is told to whoever comes for it. */
  #follow(page: Promise<VendorPage>): void {
    const line = this.#ahead;
    page.then(
      (came) => {
        if (line !== this.#ahead) return;
        this.#end = came;
        this.#ask();
      },
      () => undefined,
    );
  }

  /** A list that leads back to where it was would never end. */
  requireProgress(cursor: string | null, next: string | null): void {
    if (next === null) {
      this.#seen.clear();
      return;
    }
    if (next === cursor || this.#seen.has(next))
      throw stuck(this.type, 'The vendor’s list leads in a circle.');
    this.#seen.add(next);
  }
}

export function stuck(provider: string, message: string): ExternalServiceError {
  return new ExternalServiceError(message, {
    provider,
    kind: 'unknown',
    retryable: false,
    outcome: 'unknown',
    vendorCode: 'cursor_stuck',
  });
}
