import 'server-only';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { columnsOf, dealOf, type PipelineDeal } from './pipeline';
import type { CRMRepository } from './repository';
import {
  ARRIVAL_ENTITIES,
  type CrmCounters,
  PIPELINE_ENTITIES,
  type Pipeline,
  type PipelineEntity,
} from './schema';

const DAY_MS = 86_400_000;
const DAYS = 7;
/** Records of one kind that are counted; beyond, the counts say that they are not whole. */
const MOST = 5_000;

/** Where a connection's stages come from; the integrations' room fills it. */
export interface StageSource {
  /** Every connection's kinds of record that have stages. */
  pipelines(organizationId: string): Promise<Pipeline[]>;
}

export interface PipelineDeps {
  repository: CRMRepository;
  stages: StageSource;
  clock: Clock;
}

/** Deals and opportunities by stage, and what overviews show of a CRM without reading its records. */
export class PipelineService {
  static getInstance(): PipelineService {
    return singleton<PipelineService>('PipelineService');
  }

  constructor(readonly deps: PipelineDeps) {}

  pipelines(organizationId: string): Promise<Pipeline[]> {
    return this.deps.stages.pipelines(organizationId);
  }

  /**
   * Counts a connection's records anew. Counting twice does no harm.
   * @param changed false: nothing did, so what was counted today still holds.
   */
  async recount(organizationId: string, connectionId: string, changed = true): Promise<void> {
    const { repository, clock } = this.deps;
    const connection = await repository.db.get(repository.connectionRef(connectionId));
    if (connection?.organizationId !== organizationId) return;
    const at = clock.now();
    if (!changed && connection.counters && dayOf(connection.counters.at) === dayOf(at)) return;
    const kinds = new Set<string>(connection.syncConfig.entities);
    const staged = PIPELINE_ENTITIES.filter((entity) => kinds.has(entity));
    const known = staged.length > 0 ? await this.deps.stages.pipelines(organizationId) : [];
    const pipelines = await Promise.all(
      staged.map((entity) => {
        const found = known.find((one) => one.connectionId === connectionId && one.entity === entity);
        return this.#counted(organizationId, connectionId, entity, found?.stages ?? []);
      }),
    );
    await repository.saveCounters(connectionId, {
      ...{ at, pipelines },
      arrivals: await this.#arrivals(connectionId, kinds, at),
    });
  }

  async #counted(
    organizationId: string,
    connectionId: string,
    entity: PipelineEntity,
    stages: Pipeline['stages'],
  ): Promise<CrmCounters['pipelines'][number]> {
    const deals: PipelineDeal[] = [];
    let complete = true;
    for await (const { fields } of this.deps.repository.ofConnection(organizationId, connectionId, entity)) {
      if (deals.length >= MOST) {
        complete = false;
        break;
      }
      deals.push(dealOf(fields));
    }
    return {
      ...{ entity, complete },
      stages: columnsOf(deals, stages).map(({ stage, label, deals: own, sums }) => ({
        ...{ stage, label, sums },
        count: own.length,
      })),
    };
  }

  async #arrivals(
    connectionId: string,
    kinds: ReadonlySet<string>,
    at: Date,
  ): Promise<CrmCounters['arrivals']> {
    const today = Math.floor(at.getTime() / DAY_MS) * DAY_MS;
    const days = Array.from({ length: DAYS }, (_, index) => new Date(today - index * DAY_MS));
    const counted = await Promise.all(
      days.map(async (day) => {
        const next = new Date(day.getTime() + DAY_MS);
        const [contact = 0, lead = 0] = await Promise.all(
          ARRIVAL_ENTITIES.map((entity) =>
            kinds.has(entity) ? this.deps.repository.arrivals(connectionId, entity, day, next) : 0,
          ),
        );
        return [dayOf(day), { contact, lead }] as const;
      }),
    );
    return Object.fromEntries(counted);
  }
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
