import 'server-only';
import type { IntegrationAdapter, VendorRecord } from '../providers/types';
import { LinkStream } from './link-marks';
import type { MappedRecord } from './mapped';
import { byId, isWhole } from './plan';
import type { RecordLink, SyncRepository } from './repository';
import type { LinkMark } from './schema';
import { stuck } from './vendor-pages';

interface KnownLinksOf {
  integrationId: string;
  entity: string;
  adapter: Pick<IntegrationAdapter, 'orderOf' | 'type'>;
}

/** What is known here of the records that a pass reads. */
export class KnownLinks {
  #stream: LinkStream | null = null;

  constructor(
    readonly repository: Pick<SyncRepository, 'links' | 'linkMarks'>,
    readonly of: KnownLinksOf,
  ) {}

  /** Begins to read the links after that place in the vendor's order, once, ahead of who asks for them. */
  open(after: string): void {
    this.#stream ??= this.after(after);
  }

  after(place: string): LinkStream {
    const { integrationId, entity } = this.of;
    const read = (from: string, limit: number) =>
      this.repository.linkMarks(integrationId, entity, from, limit);
    return new LinkStream(read, place);
  }

  /**
   * Every link between the last page's end and this one's: those of the page, and those it should have had.
   * @throws ExternalServiceError `cursor_stuck` for a page that is not in the vendor's order.
   */
  async ofPage(
    records: readonly VendorRecord[],
    { after, last }: { after: string; last: boolean },
  ): Promise<Map<string, LinkMark>> {
    const { adapter } = this.of;
    let before = after;
    for (const { externalId } of records) {
      const order = adapter.orderOf(externalId);
      if (order <= before) throw stuck(adapter.type, 'The vendor’s list is not in order.');
      before = order;
    }
    this.open(after);
    return byId((await this.#stream?.take(last ? null : before)) ?? []);
  }

  async ofRecords(records: readonly { externalId: string }[]): Promise<Map<string, RecordLink>> {
    return byId(await this.ofIds(records.map(({ externalId }) => externalId)));
  }

  ofIds(externalIds: readonly string[]): Promise<RecordLink[]> {
    const { integrationId, entity } = this.of;
    return this.repository.links(integrationId, entity, externalIds);
  }

  /** The links of records that may have changed, with their values. */
  async whole(
    records: readonly MappedRecord[],
    known: ReadonlyMap<string, LinkMark | RecordLink>,
  ): Promise<Map<string, RecordLink>> {
    const found = records.flatMap(({ externalId }) => known.get(externalId) ?? []);
    const ids = found.flatMap((one) => (isWhole(one) ? [] : one.externalId));
    return byId([...found.filter(isWhole), ...(await this.ofIds(ids))]);
  }
}
