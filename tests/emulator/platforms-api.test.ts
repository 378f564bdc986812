import { call, join } from '@tests/support/accounts';
import { newHandle, sandboxChannel } from '@tests/support/content';
import { begin, connected, crew } from '@tests/support/sandbox-accounts';
import { describe, expect, it } from 'vitest';
import * as refreshRoute from '@/app/api/accounts/[id]/refresh/route';
import * as accountRoute from '@/app/api/accounts/[id]/route';
import * as targetsRoute from '@/app/api/accounts/[id]/targets/route';
import * as validateRoute from '@/app/api/accounts/[id]/validate/route';
import * as accountsRoute from '@/app/api/accounts/route';
import * as cronRoute from '@/app/api/cron/[task]/route';
import * as faultsRoute from '@/app/api/sandbox-network/faults/route';
import type { AccountView } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { core } from '@/server/core';

describe('whose channel it is', () => {
  const touches = (id: string) =>
    [
      [accountRoute.GET, `/api/accounts/${id}`],
      [targetsRoute.GET, `/api/accounts/${id}/targets`],
      [accountRoute.PATCH, `/api/accounts/${id}`, { signature: 'x' }],
      [validateRoute.POST, `/api/accounts/${id}/validate`],
      [refreshRoute.POST, `/api/accounts/${id}/refresh`],
      [accountRoute.DELETE, `/api/accounts/${id}`],
    ] as const;

  it('a stranger finds nothing, whatever they ask', async () => {
    const mine = await crew();
    const theirs = await crew();
    const { id } = await connected(mine);
    for (const [handler, path, body] of touches(id)) {
      const own = await call(handler, {
        path,
        as: theirs.ann,
        organizationId: theirs.organizationId,
        ...(body ? { body } : {}),
      });
      expect([path, own.status]).toEqual([path, 404]);
      const foreign = await call(handler, {
        path,
        as: theirs.ann,
        organizationId: mine.organizationId,
        ...(body ? { body } : {}),
      });
      expect([path, foreign.status]).toEqual([path, 404]);
    }
    expect(
      (
        await call(accountRoute.GET, {
          path: `/api/accounts/${id}`,
          as: mine.vic,
          organizationId: mine.organizationId,
        })
      ).status,
    ).toBe(200);
  });

  it('members read and do not manage', async () => {
    const org = await crew();
    const { id } = await connected(org);
    for (const [handler, path, body] of touches(id).slice(2)) {
      for (const as of [org.mia, org.vic]) {
        const answer = await call(handler, {
          path,
          as,
          organizationId: org.organizationId,
          ...(body ? { body } : {}),
        });
        expect([path, answer.status]).toEqual([path, 403]);
      }
    }
    expect((await begin({ ...org, ann: org.mia })).status).toBe(403);
  });

  it('a member with a list of channels sees and uses those only', async () => {
    const org = await crew();
    const [one, two] = [await connected(org), await connected(org)];
    await core.db.firestore
      .doc(`organizations/${org.organizationId}/members/${org.mia.uid}`)
      .update({ channelIds: [one.id] });
    const as = { as: org.mia, organizationId: org.organizationId };
    const list = await call<{ items: AccountView[] }>(accountsRoute.GET, { path: '/api/accounts', ...as });
    expect(list.json.items.map((item) => item.id)).toEqual([one.id]);
    expect((await call(accountRoute.GET, { path: `/api/accounts/${two.id}`, ...as })).status).toBe(403);
    expect((await call(accountRoute.GET, { path: `/api/accounts/${one.id}`, ...as })).status).toBe(200);
  });

  it('the same account in two organisations is two channels', async () => {
    const one = await crew();
    const two = await crew();
    await join(two.organizationId, one.ann, 'admin');
    const handle = newHandle();
    const first = await connected(one, handle);
    const second = await sandboxChannel(two.organizationId, one.ann.uid, handle);
    expect(second).not.toBe(first.id);
  });
});

describe('a connected channel', () => {
  it('is checked, renewed, changed and disconnected', async () => {
    const org = await crew();
    const { id } = await connected(org);
    const as = { as: org.ann, organizationId: org.organizationId };
    expect(
      (await call(validateRoute.POST, { path: `/api/accounts/${id}/validate`, ...as })).json,
    ).toMatchObject({ health: 'healthy' });
    expect((await call(refreshRoute.POST, { path: `/api/accounts/${id}/refresh`, ...as })).status).toBe(200);
    expect((await core.db.firestore.doc(`platform_connections/${id}`).get()).get('tokenVersion')).toBe(2);
    const patched = await call(accountRoute.PATCH, {
      path: `/api/accounts/${id}`,
      body: { concurrentCommits: 3 },
      ...as,
    });
    expect(patched.json).toMatchObject({ settings: { concurrentCommits: 3, automaticResend: false } });
    expect((await call(targetsRoute.GET, { path: `/api/accounts/${id}/targets`, ...as })).json).toMatchObject(
      { items: [{ kind: 'profile' }] },
    );
    expect((await call(accountRoute.DELETE, { path: `/api/accounts/${id}`, ...as })).status).toBe(204);
    expect((await call(accountRoute.GET, { path: `/api/accounts/${id}`, ...as })).status).toBe(404);
    expect((await core.db.firestore.doc(`credentials/platform_${id}`).get()).exists).toBe(false);
  });

  it('needs a person once the network has revoked it, and is whole again after reconnecting', async () => {
    const org = await crew();
    const { id, handle } = await connected(org);
    const revoked = await call(faultsRoute.PUT, {
      path: '/api/sandbox-network/faults',
      body: { handle, faults: [], revokeGrants: true },
      as: org.ann,
    });
    expect(revoked.status).toBe(200);
    const as = { as: org.ann, organizationId: org.organizationId };
    const checked = await call(validateRoute.POST, { path: `/api/accounts/${id}/validate`, ...as });
    expect(checked.json).toMatchObject({
      health: 'needs_reauth',
      healthReason: expect.stringContaining('Reconnect'),
    });
    const blocked = await PlatformService.getInstance().validate(
      { organizationId: org.organizationId, connectionId: id },
      { text: 'Hi', media: [] },
    );
    expect(blocked.findings).toMatchObject([{ code: 'needs_reauth', severity: 'error', connectionId: id }]);
    expect((await connected(org, handle)).id).toBe(id);
    expect((await call(accountRoute.GET, { path: `/api/accounts/${id}`, ...as })).json).toMatchObject({
      health: 'healthy',
    });
  });

  it('is looked after by the scheduled task, which nobody else can call', async () => {
    const path = '/api/cron/credential-refresh';
    expect((await call(cronRoute.GET, { path })).status).toBe(401);
    const run = await call(cronRoute.GET, { path, as: { cron: true } });
    expect(run).toMatchObject({ status: 200, json: { failedSteps: [] } });
  });

  it('moves its secret to the newest key without losing it', async () => {
    const org = await crew();
    const { id } = await connected(org);
    const store = core.secretStores.get('platform_credentials');
    const name = `platform_${id}`;
    let after: string | null = null;
    let found: { id: string; payload: string; context: string } | undefined;
    while (!found) {
      const page: { id: string; payload: string; context: string }[] = (await store?.page(after, 50)) ?? [];
      found = page.find((secret) => secret.id === name);
      if (page.length === 0) break;
      after = page.at(-1)?.id ?? null;
    }
    expect(found?.context).toBe(`platform_sandbox_${org.organizationId}`);
    const again = await core.encryption.encrypt(
      await core.encryption.decrypt(found?.payload ?? '', found?.context ?? ''),
      found?.context ?? '',
    );
    expect(await store?.replace(name, 'something else', again)).toBe(false);
    expect(await store?.replace(name, found?.payload ?? '', again)).toBe(true);
    const channel = await PlatformService.getInstance().publishingContext(org.organizationId, id);
    expect((await channel.credentials()).accessToken).toBeTruthy();
  });
});
