import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { call, team } from '@tests/support/accounts';
import { GET as session } from '@/app/api/auth/session/route';
import { GET as overview } from '@/app/api/dashboard/overview/route';
import { GET as performance } from '@/app/api/dashboard/performance/route';
import { GET as widgets } from '@/app/api/dashboard/widgets/route';
import type { Actor } from '@/core/auth/principal';
import { newContext, runInContext } from '@/core/http/context';
import { CronService } from '@/core/jobs/cron';
import { provide } from '@/core/singletons';
import { localOf } from '@/core/time/zones';
import { generateRequest } from '@/features/ai/schema';
import { AiService } from '@/features/ai/service';
import { MetricsPuller } from '@/features/analytics/puller';
import { AccessService } from '@/features/auth/access';
import { createPostRequestSchema, updatePostRequestSchema } from '@/features/content/schema';
import { ContentService } from '@/features/content/service';
import type { Permission } from '@/features/organizations/permissions';
import { PlatformService } from '@/features/platforms/service';
import { PublishingService } from '@/features/publishing/service';
import { core } from '@/server/core';
import {
  ACTIVE_SHARE,
  LISTENER_READS_PER_OPENING,
  type Operation,
  PEAK_FACTOR,
  PRICES,
  STEPS,
  USAGE_PER_DAY,
  WORKING_DAYS_PER_MONTH,
} from './scale.data';

/**
 * What the product costs in documents, counted on the real services and the emulator, and what that adds up to for many
 * users. The counts are measured; how often people do what is assumed in `scale.data.ts`.
 */
export interface Cost {
  reads: number;
  writes: number;
}

export interface ScaleReport {
  /** Per operation, in the median of the repetitions. */
  operations: Record<Operation, Cost>;
  /** One minute of the scheduled tasks when nothing is due, for the whole installation. */
  idleMinute: Cost;
  perUserAndDay: Cost;
  steps: {
    users: number;
    activeUsers: number;
    readsPerSecondAtPeak: number;
    writesPerSecondAtPeak: number;
    runsPerSecondAtPeak: number;
    dollarsPerMonth: number;
    dollarsPer1000ActiveUsers: number;
  }[];
}

/** Documents that some work reads and writes, with what it starts in the background. */
async function counted(work: () => Promise<unknown>): Promise<Cost> {
  const context = newContext('scale');
  await runInContext(context, async () => {
    await work();
    // Events are delivered after the answer; they are part of the price.
    await delay(400);
  });
  return { reads: context.documentReads, writes: context.documentWrites };
}

/** Route calls count for themselves and say so in `Server-Timing`. */
async function countedCalls(
  calls: readonly (readonly [Parameters<typeof call>[0], string])[],
  as: Parameters<typeof call>[1],
) {
  const cost = { reads: 0, writes: 0 };
  for (const [handler, path] of calls) {
    const answer = await call(handler, { ...as, path });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    const found = /desc="(\d+) reads, (\d+) writes/.exec(answer.headers.get('server-timing') ?? '');
    cost.reads += Number(found?.[1]);
    cost.writes += Number(found?.[2]);
  }
  return cost;
}

async function measureOperations(): Promise<Record<Operation, Cost>> {
  const { owner, organizationId } = await team({}, { tier: 'enterprise' });
  const principal = {
    kind: 'user',
    userId: owner.uid,
    email: owner.email,
    emailVerified: true,
    via: 'bearer',
    authTime: 0,
  } as const;
  const actor = (await AccessService.getInstance().actor(principal, organizationId)) as Actor<Permission>;
  const as = { path: '', as: owner, organizationId };
  const connect = () =>
    PlatformService.getInstance().connectSandbox(
      organizationId,
      owner.uid,
      `s${randomUUID().slice(0, 12).replaceAll('-', '')}`,
    );
  const channels = [{ connectionId: await connect() }, { connectionId: await connect() }];
  const content = ContentService.getInstance();
  const post = (schedule: object, text = `Fresh coffee ${randomUUID()}`) =>
    content.create(actor, createPostRequestSchema.parse({ master: { text }, channels, schedule }));
  const draft = (await post({ mode: 'draft' })).post;
  let version = draft.version;
  const localTime = localOf(new Date(core.clock.now().getTime() + 7 * 24 * 3600_000), 'Europe/Berlin');

  const median = async (measure: () => Promise<Cost>): Promise<Cost> => {
    const costs: Cost[] = [];
    for (let round = 0; round < 5; round += 1) costs.push(await measure());
    const middle = (pick: (cost: Cost) => number) => costs.map(pick).sort((a, b) => a - b)[2] ?? 0;
    return { reads: middle(({ reads }) => reads), writes: middle(({ writes }) => writes) };
  };
  const half = ({ reads, writes }: Cost): Cost => ({ reads: reads / 2, writes: writes / 2 });
  return {
    'open the app (session)': await median(() => countedCalls([[session, '/api/auth/session']], as)),
    'open the dashboard': await median(() =>
      countedCalls(
        [
          [overview, '/api/dashboard/overview'],
          [performance, '/api/dashboard/performance'],
          [widgets, '/api/dashboard/widgets'],
        ],
        as,
      ),
    ),
    'save a draft': await median(() =>
      counted(async () => {
        const change = updatePostRequestSchema.parse({ master: { text: `Draft ${randomUUID()}` } });
        version = (await content.update(actor, draft.id, version, change)).post.version;
      }),
    ),
    'write with AI': await median(() =>
      counted(() =>
        AiService.getInstance().generate(
          actor,
          generateRequest.parse({ task: 'post_text', input: { text: `Our terrace opens ${randomUUID()}` } }),
          AbortSignal.timeout(30_000),
        ),
      ),
    ),
    'schedule a post on two channels': await median(() =>
      counted(() => post({ mode: 'at', localTime, zone: 'Europe/Berlin' })),
    ),
    'publish a run': half(
      await median(async () => {
        const before = await counted(() => post({ mode: 'draft' }));
        const both = await counted(async () => {
          await post({ mode: 'now' });
          while ((await PublishingService.getInstance().sweep(3_000)).due > 0);
        });
        return { reads: Math.max(0, both.reads - before.reads), writes: both.writes - before.writes };
      }),
    ),
    'look at the figures of a run': await figures(),
  };
}

/** A day later the figures of everything published are due. */
async function figures(): Promise<Cost> {
  clock.offset += 24 * 3600_000;
  let looks = 0;
  const cost = await counted(async () => {
    const until = new Date(clock.now().getTime() + 60_000);
    looks = (await MetricsPuller.getInstance().sweep({ until })).measured;
  });
  if (looks === 0) throw new Error('No figures were due.');
  return { reads: cost.reads / looks, writes: cost.writes / looks };
}

async function measureIdleMinute(): Promise<Cost> {
  const tasks = ['publish', 'jobs', 'outbox'];
  for (const task of tasks) await CronService.getInstance().run(task);
  return counted(async () => {
    for (const task of tasks) await CronService.getInstance().run(task);
  });
}

/** Real time, moved on where something must come due. */
const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };

export async function simulate(): Promise<ScaleReport> {
  provide('Clock', () => clock);
  const operations = await measureOperations();
  const idleMinute = await measureIdleMinute();
  const perUserAndDay = {
    reads: USAGE_PER_DAY['open the app (session)'] * LISTENER_READS_PER_OPENING,
    writes: 0,
  };
  for (const [name, times] of Object.entries(USAGE_PER_DAY) as [Operation, number][]) {
    perUserAndDay.reads += operations[name].reads * times;
    perUserAndDay.writes += operations[name].writes * times;
  }
  const steps = STEPS.map((users) => {
    const activeUsers = users * ACTIVE_SHARE;
    const perSecond = (perDay: number) => (perDay * activeUsers * PEAK_FACTOR) / 86_400;
    const dollars = (cost: Cost) => (cost.reads * PRICES.reads + cost.writes * PRICES.writes) / 100_000;
    const idle = dollars(idleMinute) * 60 * 24 * 30;
    const dollarsPerMonth = dollars(perUserAndDay) * activeUsers * WORKING_DAYS_PER_MONTH + idle;
    return {
      users,
      activeUsers,
      readsPerSecondAtPeak: perSecond(perUserAndDay.reads),
      writesPerSecondAtPeak: perSecond(perUserAndDay.writes),
      runsPerSecondAtPeak: perSecond(USAGE_PER_DAY['publish a run']),
      dollarsPerMonth,
      dollarsPer1000ActiveUsers: (dollarsPerMonth / activeUsers) * 1000,
    };
  });
  return { operations, idleMinute, perUserAndDay, steps };
}

/** The report as people read it. */
export function describeScale(report: ScaleReport): string {
  const round = (value: number) =>
    (value < 10 ? Math.round(value * 10) / 10 : Math.round(value)).toLocaleString('en');
  const lines = Object.entries(report.operations).map(
    ([name, { reads, writes }]) =>
      `  ${name.padEnd(34)} ${round(reads).padStart(6)} reads ${round(writes).padStart(6)} writes  × ${USAGE_PER_DAY[name as Operation]} a day`,
  );
  const { idleMinute, perUserAndDay } = report;
  return [
    'Documents per operation (measured)',
    ...lines,
    `  ${'a minute with nothing due'.padEnd(34)} ${round(idleMinute.reads).padStart(6)} reads ${round(idleMinute.writes).padStart(6)} writes`,
    `Per active user and day: ${round(perUserAndDay.reads)} reads, ${round(perUserAndDay.writes)} writes`,
    ...report.steps.map(
      (step) =>
        `  ${step.users.toLocaleString('en').padStart(10)} users (${round(step.activeUsers)} active a day): at peak ${round(step.readsPerSecondAtPeak)} reads/s, ${round(step.writesPerSecondAtPeak)} writes/s, ${round(step.runsPerSecondAtPeak)} posts/s; Firestore $${round(step.dollarsPerMonth)} a month ($${round(step.dollarsPer1000ActiveUsers)} per 1 000 active users)`,
    ),
  ].join('\n');
}
