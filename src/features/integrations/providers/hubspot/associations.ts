import 'server-only';
import { z } from 'zod';
import type { VendorAssociation, VendorAssociations, VendorSession } from '../types';
import type { HubSpotApi } from './api';

/** What one call asks about at most. */
const BATCH = 1_000;
/** Each pair is asked for from one side: HubSpot tells the same of both. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  contact: ['company'],
  deal: ['company', 'contact'],
};

const id = z.union([z.string(), z.int()]).transform(String);
const answer = z.object({
  results: z.array(
    z.object({
      from: z.object({ id }),
      to: z.array(z.object({ toObjectId: id })),
      paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
    }),
  ),
});

interface Input {
  id: string;
  after?: string;
}

/** @see https://developers.hubspot.com/docs/api-reference/crm-associations-v4/batch/post-crm-v4-associations-fromObjectType-toObjectType-batch-read */
export class HubSpotAssociations implements VendorAssociations {
  constructor(
    readonly api: HubSpotApi,
    readonly objectTypeOf: (entity: string) => string,
  ) {}

  async read(
    session: VendorSession,
    entity: string,
    externalIds: readonly string[],
  ): Promise<VendorAssociation[]> {
    const found: VendorAssociation[] = [];
    for (const target of TARGETS[entity] ?? []) {
      let open: Input[] = externalIds.map((one) => ({ id: one }));
      while (open.length > 0) {
        const { results } = await this.#page(session, entity, target, open.slice(0, BATCH));
        for (const { from, to } of results)
          for (const { toObjectId } of to)
            found.push({ externalId: from.id, entity: target, toExternalId: toObjectId, kind: target });
        // A record with very many of them is gone on with where its answer ended.
        const more = results.flatMap(({ from, paging }): Input[] =>
          paging?.next ? [{ id: from.id, after: paging.next.after }] : [],
        );
        open = [...more, ...open.slice(BATCH)];
      }
    }
    return found;
  }

  /** Records without any are not in the answer, which is then a 207. */
  async #page(session: VendorSession, entity: string, target: string, inputs: readonly Input[]) {
    const { body } = await this.api.authorized(session, {
      method: 'POST',
      path: `/crm/v4/associations/${this.objectTypeOf(entity)}/${this.objectTypeOf(target)}/batch/read`,
      json: { inputs },
      idempotent: true,
    });
    return this.api.shaped(answer, body);
  }
}
