import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { decodeCursor, encodeCursor, type Page, type PageQuery } from '@/core/db/cursor';
import { singleton } from '@/core/singletons';
import { type Catalogue, isPriced } from './catalogue';
import type { QuotaResponse, QuotaView, UsageCall, UsageQuery, UsageResponse } from './insight-schema';
import type { QuotaLimits, UsageCosts } from './model';
import type { QuotaService, QuotaState } from './quota';
import { classesFor } from './routing.data';
import { TASK_TYPES } from './schema';
import { limitsOf } from './steps';
import type { OrganizationFacts, OrganizationReader } from './task';
import type { UsageLedger, UsageRepository } from './usage-repository';

const NOTHING: UsageCosts = { requests: 0, failures: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 };

/** What an organisation used and may still use. Members see their own figures; cost is for those who manage AI. */
export class AiInsightService {
  constructor(
    readonly deps: {
      quota: QuotaService;
      usage: UsageRepository;
      organizations: OrganizationReader;
      catalogue: Catalogue;
    },
  ) {}

  static getInstance(): AiInsightService {
    return singleton<AiInsightService>('AiInsightService');
  }

  async quota(actor: Actor): Promise<QuotaResponse> {
    const [facts, state] = await Promise.all([
      this.deps.organizations.of(actor.organizationId),
      this.deps.quota.state(actor),
    ]);
    const limits = limitsOf(facts);
    const { period, endsAt } = this.deps.quota.period();
    return {
      period,
      endsAt: endsAt.toISOString(),
      organization: viewOf(state.organization, limits.organization),
      own: viewOf(state.member, limits.member),
      models: this.#allowed(facts),
    };
  }

  async usage(actor: Actor, query: UsageQuery): Promise<UsageResponse> {
    const manages = actor.permissions.has('ai.manage');
    const groups = new Map<string, UsageCosts>();
    const totals = { ...NOTHING };
    const range = { organizationId: actor.organizationId, from: query.from, to: query.to };
    for await (const day of this.deps.usage.days(manages ? range : { ...range, userId: actor.userId })) {
      add(totals, day.total);
      for (const [key, figures] of groupsOf(day, query.groupBy)) {
        const group = groups.get(key) ?? { ...NOTHING };
        add(group, figures);
        groups.set(key, group);
      }
    }
    const shown = ({ costMicros, ...counts }: UsageCosts) => (manages ? { ...counts, costMicros } : counts);
    const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
    const after = query.cursor ? String(decodeCursor(query.cursor).sortValue) : '';
    const rest = sorted.filter(([key]) => key > after);
    const page = rest.slice(0, query.limit);
    const last = page.at(-1);
    return {
      rows: page.map(([key, figures]) => ({ key, ...shown(figures) })),
      totals: shown(totals),
      cursor: last && rest.length > page.length ? encodeCursor(last[0], last[0]) : null,
    };
  }

  /** The calls behind the figures, newest first, failed ones included. */
  async calls(actor: Actor, query: PageQuery): Promise<Page<UsageCall>> {
    const manages = actor.permissions.has('ai.manage');
    const { organizationId, userId } = actor;
    const of = manages ? { organizationId } : { organizationId, userId };
    const { items, cursor } = await this.deps.usage.calls(of, query);
    return {
      items: items.map(({ at, costMicros, ...call }) => ({
        ...call,
        at: at.toISOString(),
        ...(manages ? { costMicros } : {}),
      })),
      cursor,
    };
  }

  #allowed({ tier, settings }: OrganizationFacts): string[] {
    const classes = new Set(TASK_TYPES.flatMap((task) => [...classesFor(tier, task)]));
    return this.deps.catalogue.models
      .filter(
        (model) =>
          model.provider !== 'sandbox' &&
          isPriced(model) &&
          classes.has(model.class) &&
          (settings.allowedProviders?.includes(model.provider) ?? true) &&
          !settings.blockedModels.includes(model.model),
      )
      .map((model) => `${model.provider}/${model.model}`);
  }
}

function viewOf({ used, held }: QuotaState, limit: QuotaLimits): QuotaView {
  const left = (key: keyof QuotaLimits) => {
    const ceiling = limit[key];
    return ceiling === null ? null : Math.max(0, ceiling - used[key] - held[key]);
  };
  return {
    limit,
    used,
    held,
    remaining: { tokens: left('tokens'), requests: left('requests'), costMicros: left('costMicros') },
  };
}

function groupsOf(day: UsageLedger, groupBy: UsageQuery['groupBy']): [string, UsageCosts][] {
  if (groupBy === 'day') return [[day.day, day.total]];
  if (groupBy === 'member') return [[day.userId, day.total]];
  const byGroup = { provider: day.byProvider, model: day.byModel, task: day.byTask };
  return Object.entries(byGroup[groupBy]);
}

function add(sum: UsageCosts, more: UsageCosts): void {
  sum.requests += more.requests;
  sum.failures += more.failures;
  sum.inputTokens += more.inputTokens;
  sum.outputTokens += more.outputTokens;
  sum.costMicros += more.costMicros;
}
