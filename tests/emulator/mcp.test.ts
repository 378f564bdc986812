import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { call, type Person, team } from '@tests/support/accounts';
import { sandboxChannel } from '@tests/support/content';
import { until } from '@tests/support/until';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as mcpRoute from '@/app/api/mcp/route';
import { POST as createKey } from '@/app/api/organizations/[orgId]/api-keys/route';
import * as faultsRoute from '@/app/api/sandbox-network/faults/route';
import { OutboundHttp } from '@/core/http/outbound';
import { provide } from '@/core/singletons';
import { DRAFT_SCOPES } from '@/features/organizations/schema';
import { PlatformService } from '@/features/platforms/service';
import { SlotService } from '@/features/publishing/slots/service';
import { core } from '@/server/core';

/** The route on a socket of its own, for a client that speaks HTTP. */
let base = '';
let picture: Buffer;
const server = http.createServer((incoming, outgoing) => {
  if (incoming.url === '/picture.png') {
    outgoing.writeHead(200, { 'content-type': 'image/png' }).end(picture);
    return;
  }
  if (incoming.method !== 'POST') {
    outgoing.writeHead(405).end();
    return;
  }
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', async () => {
    const headers = new Headers(incoming.headers as Record<string, string>);
    const body = new Uint8Array(Buffer.concat(chunks));
    const request = new Request(new URL(incoming.url ?? '/', base), { method: 'POST', headers, body });
    const answer = await mcpRoute.POST(request, { params: Promise.resolve({}) });
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  });
});
beforeAll(async () => {
  picture = await sharp({ create: { width: 20, height: 10, channels: 3, background: '#5f42d3' } })
    .png()
    .toBuffer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open: Client[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

async function keyOf(as: Person, organizationId: string, scopes?: readonly string[]): Promise<string> {
  const answer = await call<{ key: string; scopes: string[] }>(createKey, {
    path: `/api/organizations/${organizationId}/api-keys`,
    as,
    body: { name: 'Assistant', ...(scopes ? { scopes } : {}) },
  });
  expect(answer.status).toBe(201);
  return answer.json.key;
}

async function clientWith(key: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL('/api/mcp', base), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
  // The library's own type lacks `exactOptionalPropertyTypes`.
  await client.connect(transport as Parameters<Client['connect']>[0]);
  open.push(client);
  return client;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of many shapes, compared by their content.
type Json = any;

/** A tool's answer, or `{ error }` with its problem. */
async function use(client: Client, name: string, input: object = {}): Promise<Json> {
  const result = await client.callTool({ name, arguments: input as Record<string, unknown> });
  const [text] = result.content as { text: string }[];
  if (result.isError) return { error: result.structuredContent, text: text?.text };
  expect(JSON.parse(text?.text ?? '')).toEqual(result.structuredContent);
  return result.structuredContent;
}

describe('the tools', () => {
  let crew: Awaited<ReturnType<typeof team>>;
  let connectionId = '';
  let client: Client;
  beforeEach(async () => {
    crew = await team();
    connectionId = await sandboxChannel(crew.organizationId, crew.owner.uid);
    client = await clientWith(
      await keyOf(crew.owner, crew.organizationId, [...DRAFT_SCOPES, 'content.publish']),
    );
  });

  it('carry a post from an idea to the public', async () => {
    const channels = await use(client, 'list_channels');
    expect(channels.items).toMatchObject([{ id: connectionId, platform: 'sandbox', sandbox: true }]);
    expect(channels.items[0].settings).toBeUndefined();
    expect((await use(client, 'get_limits', { connectionId })).limits).toBeDefined();
    const content = { master: { text: 'Spring is here' }, channels: [{ connectionId }] };
    expect(await use(client, 'validate_post', content)).toMatchObject({ ok: true });

    const key = { idempotencyKey: 'draft-1' };
    const made = await use(client, 'create_draft', { ...content, ...key });
    expect(made.post).toMatchObject({ status: 'draft', source: 'api', version: 1 });
    expect((await use(client, 'create_draft', { ...content, ...key })).post.id).toBe(made.post.id);
    const other = await use(client, 'create_draft', { ...content, tags: ['x'], ...key });
    expect(other.error.code).toBe('idempotency_conflict');

    const postId = made.post.id as string;
    const changed = await use(client, 'update_post', { postId, version: 1, master: { text: 'Spring!' } });
    expect(changed.post).toMatchObject({ version: 2, master: { text: 'Spring!' } });
    const stale = await use(client, 'update_post', { postId, version: 1, tags: ['late'] });
    expect(stale.error.code).toBe('stale_version');
    expect((await use(client, 'list_posts', { status: 'draft' })).items).toHaveLength(1);

    const year = new Date().getUTCFullYear() + 1;
    const time = { localTime: `${year}-06-01T09:00`, zone: 'Europe/Berlin' };
    const plan = (schedule: object) => use(client, 'schedule_post', { postId, version: 2, schedule });
    expect((await plan({ mode: 'now' })).error.errors[0].path).toBe('input.schedule.mode');
    expect((await plan({ mode: 'at', zone: 'UTC' })).error.errors[0].path).toBe('input.schedule.localTime');
    const planned = await plan({ mode: 'at', ...time });
    expect(planned.post.schedule.dueAt).toBe(`${year}-06-01T07:00:00.000Z`);
    const june = { from: `${year}-06-01T00:00:00Z`, to: `${year}-06-02T00:00:00Z`, zone: 'Europe/Berlin' };
    expect((await use(client, 'list_calendar', june)).items).toMatchObject([{ postId, connectionId }]);
    const backwards = await use(client, 'list_calendar', { ...june, to: june.from });
    expect(backwards.error.errors[0].path).toBe('input.to');
    expect(await use(client, 'next_slot', { connectionId })).toEqual({ slot: null });
    await SlotService.getInstance().create(
      { userId: crew.owner.uid, organizationId: crew.organizationId, channelIds: [] } as never,
      { connectionId, weekday: 1, localTime: '09:00', zone: 'UTC', label: '' },
    );
    expect((await use(client, 'next_slot', { connectionId })).slot.localTime).toMatch(/T09:00$/);
    const back = await use(client, 'cancel_post', { postId, version: 3 });
    expect(back.post).toMatchObject({ status: 'draft', version: 4 });

    const sent = await use(client, 'publish_post', { postId, wait: 20 });
    expect(sent.runs).toMatchObject([{ status: 'published' }]);
    const read = await use(client, 'get_post', { postId });
    expect(read.attempts.length).toBeGreaterThan(0);
    expect((await use(client, 'get_analytics', { period: '7d' })).error).toBeUndefined();
  });

  it('record what a person saw of a post nobody knows to be out', async () => {
    const account = await PlatformService.getInstance().get(
      { userId: crew.owner.uid, organizationId: crew.organizationId, channelIds: [] },
      connectionId,
    );
    await PlatformService.getInstance().changeSettings(
      { userId: crew.owner.uid, organizationId: crew.organizationId, channelIds: [] },
      connectionId,
      { sandboxReconcile: 'none' },
    );
    await call(faultsRoute.PUT, {
      path: '/api/sandbox-network/faults',
      as: crew.owner,
      body: { handle: account.handle, faults: [{ on: 'commit', kind: 'accept_then_reset', remaining: 1 }] },
    });
    const content = { master: { text: 'Is it out?' }, channels: [{ connectionId }] };
    const { post } = await use(client, 'create_draft', content);
    await use(client, 'publish_post', { postId: post.id, wait: 5 });
    const asked = await until(
      async () => {
        const { items } = await use(client, 'list_unconfirmed');
        return items.length > 0 ? items : null;
      },
      20_000,
      'an unconfirmed run',
    );
    const [run] = asked;
    expect(run).toMatchObject({ postId: post.id, status: 'unconfirmed' });
    const about = { postId: post.id, runId: run.id };
    const mixed = { ...about, outcome: 'published', resend: true };
    expect((await use(client, 'resolve_unconfirmed', mixed)).error.code).toBe('validation_failed');
    const permalink = 'https://example.com/it-is-here';
    const settled = await use(client, 'resolve_unconfirmed', { ...about, outcome: 'published', permalink });
    expect(settled).toMatchObject({ status: 'published', permalink });
    expect((await use(client, 'list_unconfirmed')).items).toEqual([]);
  });

  it('fetch a file from a public address, and from no other', async () => {
    const refused = await use(client, 'upload_media_from_url', { url: `${base}/picture.png` });
    expect(refused.error).toMatchObject({ code: 'validation_failed', errors: [{ path: 'input.url' }] });
    expect(refused.text).toContain('not on the public internet');
    const guarded = core.outbound;
    provide('OutboundHttp', () => new OutboundHttp({ allowHosts: ['127.0.0.1'] }));
    const stored = await use(client, 'upload_media_from_url', {
      url: `${base}/picture.png`,
      altText: 'A violet square',
    });
    provide('OutboundHttp', () => guarded);
    expect(stored.asset).toMatchObject({ source: 'url', altText: 'A violet square', width: 20, height: 10 });
  });
});

describe('what a caller may not', () => {
  it('keeps a key to drafts unless it was made for more', async () => {
    const { owner, organizationId } = await team();
    const client = await clientWith(await keyOf(owner, organizationId));
    const { tools } = await client.listTools();
    const names = tools.map((tool) => tool.name);
    expect(names).toContain('create_draft');
    expect(names).not.toContain('publish_post');
    for (const tool of tools) expect(tool.inputSchema).toMatchObject({ type: 'object' });
    const { post } = await use(client, 'create_draft', { master: { text: 'Quiet' } });
    const time = { mode: 'at', localTime: '2099-01-01T09:00', zone: 'UTC' };
    for (const [name, input] of [
      ['publish_post', { postId: post.id }],
      ['schedule_post', { postId: post.id, version: 1, schedule: time }],
      ['resolve_unconfirmed', { postId: post.id, runId: 'r', outcome: 'absent' }],
    ] as const) {
      const { error, text } = await use(client, name, input);
      expect([name, error.code, error.permission]).toEqual([name, 'forbidden', 'content.publish']);
      expect(text).toContain('content.publish');
    }
    // Not through the side door either: a plan is no part of these inputs.
    const sly = await use(client, 'create_draft', { master: { text: 'x' }, schedule: { mode: 'now' } });
    expect(sly.error).toMatchObject({ code: 'validation_failed', errors: [{ path: 'input.schedule' }] });
  });

  it('hides what belongs to others, as if it did not exist', async () => {
    const [mine, theirs] = [await team(), await team()];
    const all = [...DRAFT_SCOPES, 'content.publish'];
    const victim = await clientWith(await keyOf(mine.owner, mine.organizationId, all));
    const thief = await clientWith(await keyOf(theirs.owner, theirs.organizationId, all));
    const connectionId = await sandboxChannel(mine.organizationId, mine.owner.uid);
    const { post } = await use(victim, 'create_draft', { master: { text: 'Secret plan' } });
    const about = { postId: post.id as string };
    const time = { mode: 'at', localTime: '2099-01-01T09:00', zone: 'UTC' };
    for (const [name, input] of [
      ['get_post', about],
      ['update_post', { ...about, version: 1, tags: ['mine'] }],
      ['cancel_post', { ...about, version: 1 }],
      ['schedule_post', { ...about, version: 1, schedule: time }],
      ['next_slot', { connectionId }],
      ['publish_post', about],
      ['resolve_unconfirmed', { ...about, runId: `${post.id}_${connectionId}`, outcome: 'absent' }],
      ['get_limits', { connectionId }],
      ['get_analytics', { channel: connectionId }],
    ] as const) {
      const { error, text } = await use(thief, name, input);
      expect([name, error?.code]).toEqual([name, 'not_found']);
      expect(text).not.toContain('Secret plan');
    }
    expect((await use(thief, 'list_posts')).items).toEqual([]);
    const range = { from: '2020-01-01T00:00:00Z', to: '2020-02-01T00:00:00Z', zone: 'UTC' };
    expect((await use(thief, 'list_calendar', { ...range, channel: connectionId })).items ?? []).toEqual([]);
    expect((await use(thief, 'list_channels')).items).toEqual([]);
    const borrowed = { master: { text: 'x' }, channels: [{ connectionId }] };
    expect((await use(thief, 'create_draft', borrowed)).error.code).toMatch(/not_found|validation_failed/);
    expect((await use(victim, 'get_post', about)).post.version).toBe(1);
  });

  it('says what is wrong with an input, and with a tool that does not exist', async () => {
    const { owner, organizationId } = await team();
    const client = await clientWith(await keyOf(owner, organizationId));
    const bad = await use(client, 'create_draft', { master: { text: 7 }, colour: 'red' });
    expect(bad.error.code).toBe('validation_failed');
    expect(bad.error.errors.map((one: { path: string }) => one.path).sort()).toEqual([
      'input.colour',
      'input.master.text',
    ]);
    expect(bad.text).toContain('input.colour: Unknown field.');
    expect((await use(client, 'delete_everything')).error.code).toBe('not_found');
    expect((await use(client, 'list_posts', { limit: 1000 })).error.errors[0].path).toBe('input.limit');
  });

  it('lets nobody in without a key, nor a person, nor a message that is none', async () => {
    const { owner, organizationId } = await team();
    const hello = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const post = (options: object) =>
      call(mcpRoute.POST, {
        path: '/api/mcp',
        headers: { accept: 'application/json, text/event-stream' },
        body: hello,
        ...options,
      });
    expect((await post({})).status).toBe(401);
    expect((await post({ as: owner })).status).toBe(403);
    const key = await keyOf(owner, organizationId);
    const as = { apiKey: key };
    expect((await post({ as })).status).toBe(200);
    expect((await post({ as, body: { method: 'tools/list' } })).status).toBe(400);
    expect((await post({ as, organizationId: (await team()).organizationId })).status).toBe(404);
  });
});
