import { content, mediaSource } from '@tests/fakes/platforms/harness';
import { call, person } from '@tests/support/accounts';
import { type Crew, connected, crew } from '@tests/support/sandbox-accounts';
import { describe, expect, it } from 'vitest';
import * as faultsRoute from '@/app/api/sandbox-network/faults/route';
import * as feedRoute from '@/app/api/sandbox-network/feed/route';
import * as mediaRoute from '@/app/api/sandbox-network/media/[id]/route';
import { stepMaterial } from '@/features/platforms/providers/material';
import type { StepContext } from '@/features/platforms/providers/types';
import { PlatformService } from '@/features/platforms/service';

describe('the sandbox network', () => {
  async function post(org: Crew, id: string, text: string, media: ReturnType<typeof mediaSource>[] = []) {
    const channel = await PlatformService.getInstance().publishingContext(org.organizationId, id);
    let artefacts = {};
    const ctx = (): StepContext => ({
      channel: channel.channel,
      credentials: channel.credentials,
      renewCredentials: channel.renewCredentials,
      limits: channel.limits,
      runId: `run-${text}`,
      step: 'root',
      content: content(text, media),
      material: stepMaterial(`run-${text}`, 'root', new Date()),
      artefacts,
      saveArtefacts: async (next) => {
        artefacts = next;
      },
      signal: AbortSignal.timeout(10_000),
      deadline: new Date(Date.now() + 10_000),
    });
    const started = await channel.provider.start(ctx());
    if (started.status === 'failed') throw started.error;
    return await channel.provider.finish(ctx());
  }

  it('shows what was published, with its picture, to everybody', async () => {
    const org = await crew();
    const { id, handle } = await connected(org);
    const picture = mediaSource('image', new Uint8Array(1_500_000).fill(7), 'An iris');
    expect((await post(org, id, 'Hello sandbox', [picture])).status).toBe('published');
    const feed = await call<{
      sandbox: boolean;
      items: { text: string; media: { url: string; altText: string }[] }[];
    }>(feedRoute.GET, {
      path: `/api/sandbox-network/feed?handle=${handle}`,
    });
    expect(feed.json).toMatchObject({
      sandbox: true,
      items: [{ text: 'Hello sandbox', media: [{ altText: 'An iris' }] }],
    });
    const file = await call(mediaRoute.GET, { path: feed.json.items[0]?.media[0]?.url ?? '' });
    expect(file.headers.get('content-type')).toBe('image/jpeg');
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Number(file.headers.get('content-length'))).toBe(1_500_000);
  });

  it('obeys the fault switches of its owner, and of nobody else', async () => {
    const org = await crew();
    const other = await crew();
    const { id, handle } = await connected(org);
    const body = {
      handle,
      faults: [{ on: 'commit', kind: 'rate_limit', remaining: 1, retryAfterSeconds: 9 }],
    };
    const path = '/api/sandbox-network/faults';
    expect((await call(faultsRoute.PUT, { path, body, as: other.ann })).status).toBe(404);
    expect(
      (await call(faultsRoute.GET, { path: `${path}?handle=${handle}`, as: await person() })).status,
    ).toBe(404);
    expect((await call(faultsRoute.PUT, { path, body })).status).toBe(401);
    expect((await call(faultsRoute.PUT, { path, body, as: org.ann })).status).toBe(200);
    expect(await post(org, id, 'one')).toMatchObject({
      status: 'failed',
      error: { kind: 'rate_limit', retryAfterMs: 9_000 },
    });
    expect((await post(org, id, 'one')).status).toBe('published');
  });

  it('keeps to its own hourly limit', async () => {
    const org = await crew();
    const { id, handle } = await connected(org);
    await call(faultsRoute.PUT, {
      path: '/api/sandbox-network/faults',
      body: { handle, faults: [], postsPerHour: 2 },
      as: org.ann,
    });
    await post(org, id, 'a');
    await post(org, id, 'b');
    expect(await post(org, id, 'c')).toMatchObject({
      status: 'failed',
      error: { kind: 'rate_limit', outcome: 'rejected' },
    });
  });
});
