import { randomUUID } from 'node:crypto';
import { call, type Person, team } from '@tests/support/accounts';
import { until } from '@tests/support/until';
import { describe, expect, it } from 'vitest';
import * as readRoute from '@/app/api/notifications/read/route';
import * as notificationsRoute from '@/app/api/notifications/route';
import * as postRoute from '@/app/api/posts/[id]/route';
import * as resolveRoute from '@/app/api/posts/[id]/runs/[runId]/resolve/route';
import * as retryRoute from '@/app/api/posts/[id]/runs/[runId]/retry/route';
import * as postsRoute from '@/app/api/posts/route';
import * as faultsRoute from '@/app/api/sandbox-network/faults/route';
import type { Fault } from '@/features/platforms/sandbox/schema';
import { PlatformService } from '@/features/platforms/service';

/** The whole product, through its API, on the in-process sandbox network. */
interface Crew {
  organizationId: string;
  owner: Person;
  vic: Person;
}
interface RunSummary {
  id: string;
  status: string;
  permalink?: string;
}
interface PostAnswer {
  post: { id: string; status: string };
  runs: RunSummary[];
}

async function channel(
  crew: Crew,
  faults: Omit<Fault, 'remaining'>[],
  settings: object = {},
): Promise<string> {
  const handle = `h${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  const platforms = PlatformService.getInstance();
  const id = await platforms.connectSandbox(crew.organizationId, crew.owner.uid, handle);
  const actor = { userId: crew.owner.uid, organizationId: crew.organizationId, channelIds: [] };
  await platforms.changeSettings(actor, id, settings);
  const answer = await call(faultsRoute.PUT, {
    path: '/api/sandbox-network/faults',
    as: crew.owner,
    organizationId: crew.organizationId,
    body: { handle, faults: faults.map((fault) => ({ ...fault, remaining: 1 })) },
  });
  expect(answer.status).toBe(200);
  return id;
}

async function publishNow(crew: Crew, connectionId: string, text: string): Promise<PostAnswer> {
  const answer = await call<PostAnswer>(postsRoute.POST, {
    path: '/api/posts',
    as: crew.owner,
    organizationId: crew.organizationId,
    body: { master: { text }, channels: [{ connectionId }], schedule: { mode: 'now' } },
  });
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([201, answer.text.slice(0, 300)]);
  return answer.json;
}

async function reaches(crew: Crew, postId: string, run: string, post: string): Promise<PostAnswer> {
  return until(
    async () => {
      const { json } = await call<PostAnswer>(postRoute.GET, {
        path: `/api/posts/${postId}`,
        as: crew.owner,
        organizationId: crew.organizationId,
      });
      return json.runs[0]?.status === run && json.post.status === post ? json : null;
    },
    20_000,
    `${postId} with a run ${run} and status ${post}`,
  );
}

const act = (crew: Crew, as: Person, what: 'resolve' | 'retry', post: PostAnswer, body?: object) =>
  call(what === 'resolve' ? resolveRoute.POST : retryRoute.POST, {
    path: `/api/posts/${post.post.id}/runs/${post.runs[0]?.id}/${what}`,
    as,
    organizationId: crew.organizationId,
    ...(body ? { body } : {}),
  });

describe('publishing through the API', () => {
  it('publishes at once, without waiting for a sweep', async () => {
    const crew = await team({ vic: 'viewer' });
    const { post } = await publishNow(crew, await channel(crew, []), 'Good morning');
    const out = await reaches(crew, post.id, 'published', 'published');
    expect(out.runs[0]?.permalink).toMatch(/^http/);
  });

  it('asks the author about a lost answer and takes theirs', async () => {
    const crew = await team({ vic: 'viewer' });
    const id = await channel(crew, [{ on: 'commit', kind: 'accept_then_reset' }], {
      sandboxReconcile: 'none',
    });
    const made = await publishNow(crew, id, 'Is it out?');
    const asked = await reaches(crew, made.post.id, 'unconfirmed', 'attention');
    const inbox = await until(async () => {
      const { json } = await call<{ items: { id: string; type: string; urgent: boolean; href: string }[] }>(
        notificationsRoute.GET,
        { path: '/api/notifications', as: crew.owner },
      );
      return json.items.length > 0 ? json.items : null;
    });
    expect(inbox).toMatchObject([
      { type: 'publishing.unconfirmed', urgent: true, href: `/posts/${made.post.id}` },
    ]);
    const stranger = await team();
    const yes = { outcome: 'published', permalink: 'https://example.test/1' };
    expect((await act(crew, crew.vic, 'resolve', asked, yes)).status).toBe(403);
    expect((await act(stranger as Crew, stranger.owner, 'resolve', asked, yes)).status).toBe(404);
    expect((await act(crew, crew.owner, 'retry', asked)).status).toBe(409);
    const odd = await act(crew, crew.owner, 'resolve', asked, { outcome: 'published', resend: true });
    expect([odd.status, odd.json.errors]).toMatchObject([400, [{ path: 'body.resend' }]]);
    const unknown = await act(crew, crew.owner, 'resolve', asked, { ...yes, surprise: 1 });
    expect(unknown.status).toBe(400);
    const settled = await act(crew, crew.owner, 'resolve', asked, yes);
    expect([settled.status, settled.json]).toMatchObject([
      200,
      { status: 'published', permalink: 'https://example.test/1', needsAnswer: false },
    ]);
    await reaches(crew, made.post.id, 'published', 'published');
    expect((await act(crew, crew.owner, 'resolve', asked, yes)).status).toBe(409);
    const marked = await call(readRoute.POST, {
      path: '/api/notifications/read',
      as: crew.owner,
      body: { ids: [inbox[0]?.id] },
    });
    expect(marked.json).toEqual({ marked: 1 });
    const foreign = await call(readRoute.POST, {
      path: '/api/notifications/read',
      as: stranger.owner,
      body: { ids: [inbox[0]?.id] },
    });
    expect(foreign.json).toEqual({ marked: 0 });
  });

  it('tells the author of a failure; trying again sends it once', async () => {
    const crew = await team({ vic: 'viewer' });
    const id = await channel(crew, [{ on: 'commit', kind: 'reject' }]);
    const made = await publishNow(crew, id, 'Second try');
    const failed = await reaches(crew, made.post.id, 'failed', 'failed');
    expect((await act(crew, crew.vic, 'retry', failed)).status).toBe(403);
    const again = await act(crew, crew.owner, 'retry', failed);
    expect([again.status, again.json.status]).toEqual([200, 'scheduled']);
    await reaches(crew, made.post.id, 'published', 'published');
    expect((await act(crew, crew.owner, 'retry', failed)).status).toBe(409);
    const inbox = await call<{ items: { type: string }[] }>(notificationsRoute.GET, {
      path: '/api/notifications',
      as: crew.owner,
    });
    expect(inbox.json.items.map((one) => one.type)).toEqual(['publishing.failed']);
  });
});
