import 'server-only';
import { z } from 'zod';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import { SANDBOX_FIELDS, type SandboxEntity } from './entities.data';
import type { SandboxCrmRecord, SandboxCrmRepository } from './repository';
import { sandboxEntitySchema } from './schema';
import { starterRecords } from './starter.data';
import { taken } from './values';

export const SANDBOX_OFF = 'The sandbox is off here. Set ALLOW_SANDBOX=true to allow it.';
/** Records on one page of a list. */
const PAGE = 50;
const MOST_IDS = 100;

export interface CrmRequest {
  method: string;
  /** `/v1/contact`, without the base address. */
  path: string;
  query: URLSearchParams;
  authorization: string | null;
  json: unknown;
}

export interface CrmAnswer {
  status: number;
  body: unknown;
}

/** Who signs in at the sandbox: the practice network's own sign-in. */
export interface SandboxLogin {
  /** The client that IriSync is there. */
  clientId: string;
  token(body: unknown): Promise<CrmAnswer>;
  revoke(body: unknown): Promise<CrmAnswer>;
  /** Null for a token that is not good, or not any more. */
  authenticate(
    authorization: string | null,
  ): Promise<{ id: string; handle: string; displayName: string; ownerUserId: string } | null>;
}

export interface SandboxCrmDeps {
  repository: SandboxCrmRepository;
  login: SandboxLogin;
  /** Whether this installation allows the sandbox; else every call is refused. */
  allowed: boolean;
  clock: Clock;
  ids: Ids;
}

class CrmRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const ids = z.object({ ids: z.array(z.string().min(1).max(100)).max(MOST_IDS) });
const updates = z.object({
  changes: z
    .array(z.object({ id: z.string().min(1).max(100), values: z.record(z.string(), z.unknown()) }))
    .max(MOST_IDS),
});
const span = z.object({ from: z.coerce.date(), to: z.coerce.date() });
const place = z.tuple([z.coerce.date(), z.string()]);

/**
 * A CRM to practise with: records, ids, stamps and lists of its own, reached by requests as any vendor is. It is labelled Sandbox
 * wherever it shows and exists only where the sandbox is allowed.
 */
export class SandboxCrm {
  constructor(readonly deps: SandboxCrmDeps) {}

  async handle(request: CrmRequest): Promise<CrmAnswer> {
    try {
      return await this.#answer(request);
    } catch (error) {
      if (error instanceof CrmRefusal)
        return { status: error.status, body: { error: error.code, message: error.message } };
      if (error instanceof z.ZodError)
        return {
          status: 400,
          body: { error: 'invalid_request', message: 'This request is not understood.' },
        };
      throw error;
    }
  }

  async #answer(request: CrmRequest): Promise<CrmAnswer> {
    const { method, path, json } = request;
    const { login, allowed } = this.deps;
    if (!allowed) throw new CrmRefusal(403, 'sandbox_disabled', SANDBOX_OFF);
    if (method === 'POST' && path === '/oauth/token') return login.token(json);
    if (method === 'POST' && path === '/oauth/revoke') return login.revoke(json);
    const account = await login.authenticate(request.authorization);
    if (!account) throw new CrmRefusal(401, 'token_invalid', 'This token is not valid.');
    const [, version, name = '', action = ''] = path.split('/');
    if (version === 'v1' && name === 'account') return { status: 200, body: await this.#account(account) };
    const entity = sandboxEntitySchema.safeParse(name).data;
    if (version !== 'v1' || !entity) throw new CrmRefusal(404, 'not_found', 'There is no such thing here.');
    return { status: 200, body: await this.#records(account.id, entity, `${method} ${action}`, request) };
  }

  async #account({ id, handle, displayName, ownerUserId }: NonNullable<Signed>): Promise<unknown> {
    const { repository, clock } = this.deps;
    const now = clock.now();
    const records = starterRecords().map(({ entity, values }) => ({
      ...{ id: this.deps.ids.next(), accountId: id, entity, values },
      ...{ archived: false, madeAt: now, stampedAt: now },
    }));
    await repository.open({ id, handle, displayName, ownerUserId }, records);
    return { id, handle, name: displayName };
  }

  async #records(
    accountId: string,
    entity: SandboxEntity,
    action: string,
    { query, json }: CrmRequest,
  ): Promise<unknown> {
    const { repository } = this.deps;
    switch (action) {
      case 'GET fields':
        return { results: SANDBOX_FIELDS[entity] };
      case 'GET ': {
        const archived = query.get('archived') === 'true';
        const found = await repository.list(accountId, entity, {
          ...{ archived, after: query.get('after'), limit: PAGE },
        });
        return { results: found.map(shown), next: nextOf(found, ({ id }) => id) };
      }
      case 'GET changes':
        return this.#changes(accountId, entity, query);
      case 'POST read': {
        const found = await repository.byIds(accountId, ids.parse(json).ids);
        return { results: found.filter((one) => one.entity === entity && !one.archived).map(shown) };
      }
      case 'POST update':
        return { results: await this.#update(accountId, entity, updates.parse(json).changes) };
      default:
        throw new CrmRefusal(404, 'not_found', 'There is no such thing here.');
    }
  }

  async #changes(accountId: string, entity: SandboxEntity, query: URLSearchParams): Promise<unknown> {
    const { from, to } = span.parse({ from: query.get('from'), to: query.get('to') });
    const after = query.get('after');
    const found = await this.deps.repository.changes(accountId, entity, {
      ...{ from, to, limit: PAGE },
      after: after === null ? null : place.parse(JSON.parse(after)),
    });
    const next = nextOf(found, ({ stampedAt, id }) => JSON.stringify([stampedAt.toISOString(), id]));
    return { results: found.map(shown), next };
  }

  /** One outcome for each record; a value that stays does not move the stamp. */
  async #update(
    accountId: string,
    entity: SandboxEntity,
    changes: z.output<typeof updates>['changes'],
  ): Promise<unknown> {
    const values = new Map(changes.map((change) => [change.id, change.values]));
    const outcomes = new Map<string, { id: string; ok: boolean; message?: string }>();
    await this.deps.repository.change([...values.keys()], (record, id) => {
      if (record?.accountId !== accountId || record.entity !== entity || record.archived) {
        outcomes.set(id, { id, ok: false, message: 'There is no such record.' });
        return null;
      }
      const next = taken(entity, record.values, values.get(id) ?? {});
      const [fault] = next.faults;
      outcomes.set(
        id,
        fault ? { id, ok: false, message: `${fault.field}: ${fault.message}` } : { id, ok: true },
      );
      if (fault || !next.changed) return null;
      return { values: next.values, archived: false, stampedAt: this.deps.clock.now() };
    });
    return [...outcomes.values()];
  }
}

type Signed = Awaited<ReturnType<SandboxLogin['authenticate']>>;

function nextOf(
  found: readonly SandboxCrmRecord[],
  placeOf: (last: SandboxCrmRecord) => string,
): string | null {
  const last = found.at(-1);
  return last && found.length === PAGE ? placeOf(last) : null;
}

function shown({ id, values, madeAt, stampedAt }: SandboxCrmRecord) {
  return { id, attributes: values, created_at: madeAt.toISOString(), updated_at: stampedAt.toISOString() };
}
