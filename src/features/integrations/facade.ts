import 'server-only';
import { z } from 'zod';
import type { Actor } from '@/core/auth/principal';
import {
  type ErrorCode,
  ExternalServiceError,
  type FieldFault,
  ForbiddenError,
  isSystemError,
  ValidationError,
} from '@/core/errors';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { explainFailure } from './connections/explain';
import {
  type ConnectAnswer,
  connectBody,
  type IntegrationView,
  integrationTypeSchema,
  type TestAnswer,
} from './connections/schema';
import type { IntegrationConnectionService } from './connections/service';
import { inOrder } from './mapping/order';
import { createMappingBody, type MappingView, type PreviewView, previewBody } from './mapping/schema';
import type { DataMappingService } from './mapping/service';
import { INTEGRATIONS } from './registry.data';
import { type ResultView, syncBody } from './sync/schema';
import type { SyncTaskService } from './sync/service';

/** Why something could not be done, for programs (`code`) and for people (`message`). */
export interface IntegrationFailure {
  code: ErrorCode;
  /** Plain English, without anything secret or internal. */
  message: string;
  /** What is wrong with the input, by place. */
  faults: readonly FieldFault[];
  /** Whether the same call may succeed later. */
  retryable: boolean;
  retryAfterSeconds: number | null;
}

/** Exactly one of the two is there. */
export type Outcome<T> = { data: T; error: null } | { data: null; error: IntegrationFailure };

/** How a sync stands: `running` when it went on after the caller's time was up. */
export interface SyncOutcome {
  taskId: string;
  status: 'running' | ResultView['status'];
  recordsProcessed: number;
  recordsCreated: number;
  recordsUpdated: number;
  recordsFailed: number;
  conflictsDetected: number;
  /** Milliseconds. */
  duration: number;
  message: string | null;
}

export interface IntegrationOverview {
  integration: IntegrationView;
  /** Absent where this vendor's records are not synced. */
  sync: { running: boolean; lastSyncAt: Date | null; lastStatus: ResultView['status'] | null } | null;
}

export interface FacadeDeps {
  connections: Pick<IntegrationConnectionService, 'connect' | 'change' | 'test' | 'get'>;
  mappings: Pick<DataMappingService, 'create' | 'list' | 'preview'>;
  sync: Pick<SyncTaskService, 'start' | 'task' | 'results' | 'connection'>;
  clock: Clock;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const WAIT_MS = 60_000;
const LOOK_MS = 500;
const PAGE = 100;

const createInput = z
  .strictObject({
    type: integrationTypeSchema,
    platform: z.string().optional(),
    name: z.string().trim().min(1).max(80).optional(),
    credentials: z.unknown().optional(),
  })
  .refine(
    ({ type, platform }) =>
      platform === undefined || INTEGRATIONS.some((one) => one.type === type && one.platform === platform),
    { path: ['platform'], message: 'This type belongs to another platform. Leave it out.' },
  );
const id = z.string().min(1).max(100);

/** Integrations for callers inside this product: every method answers, and none throws. */
export class IntegrationService {
  static getInstance(): IntegrationService {
    return singleton<IntegrationService>('IntegrationService');
  }

  constructor(readonly deps: FacadeDeps) {}

  /** With a key among the credentials it is connected at once; without, a person consents at the address that is given. */
  createIntegration(actor: Actor, input: unknown): Promise<Outcome<ConnectAnswer>> {
    return answered('createIntegration', async () => {
      allow(actor, 'integrations.manage');
      const { type, name, credentials } = parsed(createInput, input);
      const body = parsed(connectBody, credentials ?? {});
      const answer = await this.deps.connections.connect(actor, type, body);
      if (name === undefined || !('integration' in answer)) return answer;
      return { integration: await this.deps.connections.change(actor, answer.integration.id, { name }) };
    });
  }

  /** What the vendor says about a connection is data, good or bad. */
  testConnection(actor: Actor, integrationId: string): Promise<Outcome<TestAnswer>> {
    return answered('testConnection', async () => {
      allow(actor, 'integrations.manage');
      return this.deps.connections.test(actor.organizationId, parsed(id, integrationId));
    });
  }

  /** Starts a sync and waits for its end, at most as long as it is told; then it goes on by itself. */
  syncIntegration(
    actor: Actor,
    integrationId: string,
    input: unknown = {},
    options: { waitMs?: number; signal?: AbortSignal } = {},
  ): Promise<Outcome<SyncOutcome>> {
    return answered('syncIntegration', async () => {
      allow(actor, 'integrations.manage');
      const { sync, clock } = this.deps;
      const started = clock.now().getTime();
      const { taskId } = await sync.start(actor, parsed(id, integrationId), parsed(syncBody, input));
      const until = started + (options.waitMs ?? WAIT_MS);
      const signal = options.signal ?? new AbortController().signal;
      while (!signal.aborted && clock.now().getTime() < until && !(await this.#ended(actor, taskId)))
        await this.#look(signal);
      return this.#outcome(actor, { integrationId, taskId, started });
    });
  }

  createDataMapping(actor: Actor, input: unknown): Promise<Outcome<MappingView>> {
    return answered('createDataMapping', async () => {
      allow(actor, 'integrations.manage');
      return this.deps.mappings.create(actor, parsed(createMappingBody, input));
    });
  }

  /** In the order in which they are applied. */
  getDataMappings(actor: Actor, type: string, entity: string): Promise<Outcome<MappingView[]>> {
    return answered('getDataMappings', async () => {
      allow(actor, 'integrations.read');
      const found: MappingView[] = [];
      let cursor: string | undefined;
      do {
        const query = {
          integrationType: type,
          entityType: entity,
          limit: PAGE,
          ...(cursor ? { cursor } : {}),
        };
        const page = await this.deps.mappings.list(actor.organizationId, query);
        found.push(...page.items);
        cursor = page.cursor ?? undefined;
      } while (cursor);
      return inOrder(found);
    });
  }

  /** A vendor's record as it would be taken over. Fields that fail are left out and named in `errors`. */
  transformData(actor: Actor, type: string, entity: string, input: unknown): Promise<Outcome<PreviewView>> {
    return answered('transformData', async () => {
      allow(actor, 'integrations.read');
      const body = parsed(previewBody, { integrationType: type, entityType: entity, record: input });
      return this.deps.mappings.preview(actor.organizationId, body);
    });
  }

  getIntegrationStatus(actor: Actor, integrationId: string): Promise<Outcome<IntegrationOverview>> {
    return answered('getIntegrationStatus', async () => {
      allow(actor, 'integrations.read');
      const integration = await this.deps.connections.get(actor.organizationId, parsed(id, integrationId));
      const sync = await absentAsNull(this.deps.sync.connection(actor.organizationId, integration.id));
      if (!sync) return { integration, sync: null };
      const { taskId, lastSyncAt, lastStatus } = sync;
      return { integration, sync: { running: taskId !== null, lastSyncAt, lastStatus } };
    });
  }

  async #ended(actor: Actor, taskId: string): Promise<boolean> {
    return (await this.deps.sync.task(actor.organizationId, taskId)).finishedAt !== null;
  }

  /** Whoever waits no longer gets what there is. */
  async #look(signal: AbortSignal): Promise<void> {
    try {
      await this.deps.pause(LOOK_MS, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #outcome(
    actor: Actor,
    { integrationId, taskId, started }: { integrationId: string; taskId: string; started: number },
  ): Promise<SyncOutcome> {
    const { sync, clock } = this.deps;
    const { items } = await sync.results(actor.organizationId, { integrationId, limit: 20 });
    const result = items.find((one) => one.taskId === taskId);
    if (result) return outcomeOf(result);
    const task = await sync.task(actor.organizationId, taskId);
    const { progress } = await sync.connection(actor.organizationId, integrationId);
    const sum = (key: 'processed' | 'created' | 'updated' | 'failed') =>
      Object.values(progress).reduce((total, one) => total + one[key], 0);
    return {
      taskId,
      // One that was given up leaves no result.
      status: task.status === 'failed' ? 'failed' : 'running',
      recordsProcessed: sum('processed'),
      recordsCreated: sum('created'),
      recordsUpdated: sum('updated'),
      recordsFailed: sum('failed'),
      conflictsDetected: 0,
      duration: Math.max(0, clock.now().getTime() - started),
      message: null,
    };
  }
}

function outcomeOf(result: ResultView): SyncOutcome {
  const { taskId, status, recordsProcessed, recordsCreated, recordsUpdated, recordsFailed } = result;
  const { conflictsDetected, duration, message } = result;
  return {
    ...{ taskId, status, recordsProcessed, recordsCreated, recordsUpdated, recordsFailed },
    ...{ conflictsDetected, duration, message },
  };
}

/** @throws ForbiddenError */
function allow(actor: Actor, permission: 'integrations.read' | 'integrations.manage'): void {
  if (!actor.permissions.has(permission)) throw new ForbiddenError();
}

/** @throws ValidationError with the place of each fault. */
function parsed<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const found = schema.safeParse(input);
  if (found.success) return found.data;
  const faults = found.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new ValidationError(faults[0]?.message ?? 'The input is not complete.', faults);
}

async function absentAsNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (isSystemError(error) && error.code === 'not_found') return null;
    throw error;
  }
}

/** The one place where what is thrown becomes an answer. A defect is masked here as at the HTTP edge, and logged. */
async function answered<T>(method: string, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { data: await work(), error: null };
  } catch (error) {
    return { data: null, error: failureOf(method, error) };
  }
}

function failureOf(method: string, error: unknown): IntegrationFailure {
  if (error instanceof ExternalServiceError) {
    const { code, retryable, retryAfterMs } = error;
    const retryAfterSeconds = retryAfterMs === undefined ? null : Math.ceil(retryAfterMs / 1000);
    return { code, message: explainFailure(error), faults: [], retryable, retryAfterSeconds };
  }
  if (isSystemError(error)) {
    const { code, message, faults, retryAfterSeconds } = error;
    const retryable = retryAfterSeconds !== undefined || error.status === 503;
    return { code, message, faults, retryable, retryAfterSeconds: retryAfterSeconds ?? null };
  }
  logger.error({ err: error, method }, 'a call to integrations failed in a way nobody foresaw');
  const message = 'Something went wrong here. Nothing you did caused it; try again in a moment.';
  return { code: 'internal', message, faults: [], retryable: true, retryAfterSeconds: null };
}
