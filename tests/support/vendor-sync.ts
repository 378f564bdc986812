import type { FakeNetwork } from '@tests/fakes/platforms/server';
import { integrationWorld, TestJobs } from '@tests/support/integrations';
import type { FixedClock } from '@/core/time/clock';
import type { IntegrationType } from '@/features/integrations/connections/schema';
import { IntegrationDataRepository } from '@/features/integrations/data/repository';
import { linkIdOf, scheduleIdOf } from '@/features/integrations/sync/repository';
import type { ResultView } from '@/features/integrations/sync/schema';
import { core } from '@/server/core';

type World = ReturnType<typeof integrationWorld>;

/** An account of any vendor connected to one organisation, and the ways tests sync it and look at what came of it. */
export class VendorSync {
  readonly jobs = new TestJobs();
  readonly actor: never;
  readonly data: IntegrationDataRepository;
  world: World;
  id = '';

  constructor(
    readonly type: IntegrationType,
    readonly fake: FakeNetwork & { env(): Record<string, string> },
    readonly clock: FixedClock,
    readonly organizationId = `org-${core.ids.next()}`,
  ) {
    this.actor = { organizationId, userId: 'ada', displayName: 'Ada' } as never;
    this.data = new IntegrationDataRepository(core.db, clock);
    this.world = this.another();
  }

  another(more: Partial<Parameters<typeof integrationWorld>[0]> = {}): World {
    const { clock, fake, jobs } = this;
    const app = { url: fake.url, clientId: '', clientSecret: '' };
    return integrationWorld({ clock, jobs, fake: app, env: fake.env(), ...more });
  }

  /** Over the consent page; nothing syncs by itself afterwards. */
  async connect(): Promise<void> {
    const begun = await this.world.service.connect(this.actor, this.type, { redirectTo: '/integrations' });
    const page = await fetch('authorizationUrl' in begun ? begun.authorizationUrl : '', {
      redirect: 'manual',
    });
    const query = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
    const { redirectTo } = await this.world.service.callback(this.type, 'ada', query);
    this.id = new URL(redirectTo, 'http://x').searchParams.get('connected') ?? redirectTo;
    const { syncRepository } = this.world;
    await core.db.update(syncRepository.taskRef(scheduleIdOf(this.id)), { enabled: false });
  }

  async run(body: { full?: boolean; dryRun?: boolean } = {}): Promise<ResultView> {
    const defaults = { mode: 'bidirectional' as const, full: false, dryRun: false, confirmDeletes: false };
    const { taskId } = await this.world.sync.start(this.actor, this.id, { ...defaults, ...body });
    await this.jobs.drain(this.world);
    const query = { integrationId: this.id, limit: 100 };
    const { items } = await this.world.sync.results(this.organizationId, query);
    const found = items.find((one) => one.taskId === taskId);
    if (!found) throw new Error('no result');
    return found;
  }

  /** Created, updated, unchanged, deleted, failed. */
  async counts(body: { full?: boolean; dryRun?: boolean } = {}): Promise<number[]> {
    const result = await this.run(body);
    if (result.status === 'failed') throw new Error(result.message ?? 'failed');
    return [
      result.recordsCreated,
      result.recordsUpdated,
      result.recordsUnchanged,
      result.recordsDeleted,
      result.recordsFailed,
    ];
  }

  record(entity: string, externalId: string) {
    return core.db.get(this.data.ref(linkIdOf(this.id, entity, externalId)));
  }

  /** Every record and link of this connection with the moment of its last write. */
  async written(): Promise<string[]> {
    const rows = await Promise.all(
      ['integration_data', 'record_links'].map((name) =>
        core.db.firestore.collection(name).where('integrationId', '==', this.id).get(),
      ),
    );
    return rows
      .flatMap(({ docs }) => docs.map((doc) => `${doc.ref.path} ${doc.updateTime.toMillis()}`))
      .sort();
  }
}
