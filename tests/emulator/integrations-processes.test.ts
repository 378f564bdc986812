import { bundleCrmProcess, CrmProcess } from '@tests/support/crm-process';
import { countsOf } from '@tests/support/crm-sync';
import { CRM_TYPES, CrmAccount } from '@tests/support/crm-vendors';
import { integrationWorld } from '@tests/support/integrations';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SyncJob } from '@/features/integrations/sync/runner';
import { core } from '@/server/core';

/** `SOAK_EXPIRIES=200 SOAK_POINTS=all` for the long run. */
const EXPIRIES = Number(process.env.SOAK_EXPIRIES ?? 20);
/** Grants that end all at once. */
const GRANTS = 10;
const WHEN = ['before', 'within', 'after'] as const;
const POINTS =
  process.env.SOAK_POINTS === 'all'
    ? [1, 2, 3, 4].flatMap((commit) => WHEN.map((when) => ({ when, commit })))
    : [
        { when: 'within' as const, commit: 1 },
        { when: 'after' as const, commit: 1 },
      ];

beforeAll(bundleCrmProcess);

describe.each(CRM_TYPES)('%s', (type) => {
  let account: CrmAccount;
  const processes: CrmProcess[] = [];
  beforeEach(async () => {
    account = await CrmAccount.connected(type);
  });
  afterEach(async () => {
    for (const one of processes.splice(0)) await one.kill();
    await account.end();
  });

  async function another(env: Record<string, string> = {}): Promise<CrmProcess> {
    const { url, clientId, clientSecret } = account.fake;
    const fake = { url, clientId, clientSecret };
    const made = await CrmProcess.started({ type, fake, env: account.fake.env() }, env);
    processes.push(made);
    return made;
  }
  const now = () => account.clock.now().getTime();

  it.each(POINTS)(
    'a process killed $when commit $commit of pages and place leaves each record once',
    async (die) => {
      // More than one commit takes.
      const many = POINTS.length > 2 ? 450 : 250;
      const ids = account.people(many);
      account.clock.advance(60_000);
      const taskId = await account.begin();
      const job = account.jobs.waiting[0]?.payload as SyncJob;
      const victim = await another();
      expect(await victim.follow({ do: 'work', now: now(), job, die })).toBeNull();
      expect(victim.child.signalCode).toBe('SIGKILL');
      const left = (await account.ids()).length;
      if (die.commit === 1) expect(left).toBe(die.when === 'after' ? 200 : 0);
      await account.jobs.drain(account.world);
      expect(countsOf(await account.result(taskId))).toEqual([many, 0, 0, 0, 0]);
      expect(await account.ids()).toEqual([...ids].sort());
      expect(await account.written('record_links')).toHaveLength(many);
      expect(await account.written('sync_results')).toHaveLength(1);
    },
    60_000,
  );

  it(
    `a grant that rotates and ends ${EXPIRIES} times is renewed once each by two processes, and never lost`,
    async () => {
      const ids = await Promise.all(Array.from({ length: GRANTS }, () => granted(account)));
      const two = await Promise.all([another(), another()]);
      const before = account.fake.calls('token');
      for (let round = 0; round < EXPIRIES / GRANTS; round += 1) {
        account.clock.advance(3 * 3_600_000);
        const answers = await Promise.all(two.map((one) => one.follow({ do: 'use', now: now(), ids })));
        for (const answer of answers) expect(answer).toEqual({ error: null, used: ids.map(() => true) });
      }
      expect(account.fake.calls('token') - before).toBe(EXPIRIES);
      for (const id of ids)
        expect(await account.world.credentialRepository.get(id)).toMatchObject({
          ...{ enabled: true, refreshCount: EXPIRIES / GRANTS },
        });
    },
    60_000 + EXPIRIES * 1_000,
  );
});

/** One more grant of the same account, for another organisation. */
async function granted({ type, clock, fake }: CrmAccount): Promise<string> {
  const { service } = integrationWorld({ clock, fake, env: fake.env(), bare: true });
  const actor = { organizationId: `org-${core.ids.next()}`, userId: 'u' } as never;
  const begun = await service.connect(actor, type, { redirectTo: '/integrations' });
  const page = await fetch('authorizationUrl' in begun ? begun.authorizationUrl : '', { redirect: 'manual' });
  const query = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
  const { redirectTo } = await service.callback(type, 'u', query);
  return new URL(redirectTo, 'http://x').searchParams.get('connected') ?? '';
}
