import type { FakeOAuth } from '@tests/fakes/platforms/oauth-server';
import type { FakeNetwork } from '@tests/fakes/platforms/server';
import { integrationWorld, TestJobs } from '@tests/support/integrations';
import type { Db } from '@/core/db/db';
import { FixedClock } from '@/core/time/clock';
import type { IntegrationType } from '@/features/integrations/connections/schema';
import { linkIdOf, SyncRepository, scheduleIdOf } from '@/features/integrations/sync/repository';
import type { ResultView, SyncBody } from '@/features/integrations/sync/schema';
import { core } from '@/server/core';

type World = ReturnType<typeof integrationWorld>;
type CrmFake = FakeNetwork & {
  oauth: FakeOAuth;
  clientId: string;
  clientSecret: string;
  env(): Record<string, string>;
};

/** Sweeps are for all organisations; those of tests that run side by side, each with a clock of its own, keep to theirs. */
class OwnSyncRepository extends SyncRepository {
  constructor(
    db: Db,
    readonly organizationId: string,
  ) {
    super(db);
  }
  override async due(now: Date, limit: number) {
    return (await super.due(now, limit)).filter((task) => task.organizationId === this.organizationId);
  }
  override async lost(now: Date, limit: number) {
    return (await super.lost(now, limit)).filter((task) => task.organizationId === this.organizationId);
  }
}

/** Now, in whole seconds: some vendors' stamps know no finer ones. */
export function wholeSecond(): FixedClock {
  return new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
}

/** An account of a CRM vendor connected to one organisation, and the ways tests sync it and look at what came of it. */
export class CrmSync<Fake extends CrmFake = CrmFake> {
  readonly jobs = new TestJobs();
  readonly actor: never;
  world!: World;
  id = '';

  constructor(
    readonly type: IntegrationType,
    readonly fake: Fake,
    readonly clock: FixedClock,
    readonly organizationId: string = `org-${core.ids.next()}`,
    readonly userId = 'ada',
  ) {
    this.actor = { organizationId, userId, displayName: 'Ada' } as never;
  }

  /** Over the consent page. */
  async connect(): Promise<void> {
    const begun = await this.world.service.connect(this.actor, this.type, { redirectTo: '/integrations' });
    const page = await fetch('authorizationUrl' in begun ? begun.authorizationUrl : '', {
      redirect: 'manual',
    });
    const query = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
    const { redirectTo } = await this.world.service.callback(this.type, this.userId, query);
    this.id = new URL(redirectTo, 'http://x').searchParams.get('connected') ?? redirectTo;
    await this.schedule(false);
  }

  async end(): Promise<void> {
    await this.fake.stop();
    await this.schedule(false);
  }

  /** A schedule that stands still is nobody's to claim. */
  async schedule(enabled: boolean): Promise<void> {
    const task = await this.world.syncRepository.task(scheduleIdOf(this.id));
    if (task) await core.db.update(this.world.syncRepository.taskRef(task.id), { enabled });
  }

  /** Another process with the same accounts and jobs. */
  another(more: Partial<Parameters<typeof integrationWorld>[0]> = {}): World {
    const { clock, fake, jobs } = this;
    const syncRepository = new OwnSyncRepository(core.db, this.organizationId);
    return integrationWorld({ clock, fake, jobs, syncRepository, env: fake.env(), ...more });
  }

  /** Contacts alone unless the body says otherwise. */
  async begin(body: Partial<SyncBody> = {}, using = this.world): Promise<string> {
    const defaults = { mode: 'pull' as const, full: false, dryRun: false, confirmDeletes: false };
    const entities: SyncBody['entities'] = ['contact'];
    return (await using.sync.start(this.actor, this.id, { ...defaults, entities, ...body })).taskId;
  }

  async run(body: Partial<SyncBody> = {}, using = this.world): Promise<ResultView> {
    const taskId = await this.begin(body, using);
    await this.jobs.drain(using);
    return this.result(taskId);
  }

  async result(taskId: string): Promise<ResultView> {
    const query = { integrationId: this.id, limit: 100 };
    const { items } = await this.world.sync.results(this.organizationId, query);
    const found = items.find((one) => one.taskId === taskId);
    if (!found) throw new Error('no result');
    return found;
  }

  record(entity: string, externalId: string | undefined) {
    return core.db.get(this.world.records.ref(linkIdOf(this.id, entity, externalId ?? '')));
  }

  /** Every document of this connection with the moment of its last write. */
  async written(collection: string): Promise<string[]> {
    const field = collection === 'crm_records' ? 'connectionId' : 'integrationId';
    const found = await core.db.firestore.collection(collection).where(field, '==', this.id).select().get();
    return found.docs.map((doc) => `${doc.id} ${doc.updateTime.toDate().toISOString()}`).sort();
  }
}

/** Created, updated, unchanged, deleted, failed. */
export const countsOf = (result: ResultView) => [
  result.recordsCreated,
  result.recordsUpdated,
  result.recordsUnchanged,
  result.recordsDeleted,
  result.recordsFailed,
];
