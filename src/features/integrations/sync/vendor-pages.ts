import { ExternalServiceError } from '@/core/errors';
import type { IntegrationType } from '../connections/schema';
import type { VendorPage } from '../providers/types';

/** A vendor's list, page by page; the page after the one that is looked at is asked for meanwhile. */
export class VendorPages {
  readonly #seen = new Set<string>();
  #ahead: { cursor: string; page: Promise<VendorPage> } | null = null;

  constructor(
    readonly type: IntegrationType,
    readonly fetch: (cursor: string | null) => Promise<VendorPage>,
    /** Whether there is time for another page. */
    readonly open: () => boolean,
  ) {}

  /** @throws what the vendor's call threw, and ExternalServiceError `cursor_stuck` for a list that leads in a circle. */
  async read(cursor: string | null): Promise<VendorPage> {
    const ahead = this.#ahead?.cursor === cursor ? this.#ahead.page : null;
    this.#ahead = null;
    const page = await (ahead ?? this.fetch(cursor));
    this.requireProgress(cursor, page.next);
    if (page.next !== null && this.open()) {
      this.#ahead = { cursor: page.next, page: this.fetch(page.next) };
      // Its trouble is told to whoever comes for it.
      this.#ahead.page.catch(() => undefined);
    }
    return page;
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
