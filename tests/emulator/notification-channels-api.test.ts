import { call, type Person, team } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import { POST as replayRoute } from '@/app/api/notifications/channels/[id]/messages/[messageId]/replay/route';
import { GET as messagesRoute } from '@/app/api/notifications/channels/[id]/messages/route';
import { PATCH as change, GET as read, DELETE as remove } from '@/app/api/notifications/channels/[id]/route';
import { POST as testRoute } from '@/app/api/notifications/channels/[id]/test/route';
import { GET as choices } from '@/app/api/notifications/channels/choices/route';
import { POST as create, GET as list } from '@/app/api/notifications/channels/route';
import { singleton } from '@/core/singletons';
import { CHANNEL_EVENT_NAMES } from '@/features/notifications/channels/events.data';
import { NotificationChannelRepository } from '@/features/notifications/channels/repository';
import type { ChannelView, MessageView } from '@/features/notifications/channels/schema';
import { auditModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

const repository = new NotificationChannelRepository(core.db);

describe('the API of channels', () => {
  const path = '/api/notifications/channels';
  const hook = 'https://hooks.slack.com/services/T0001/B0002/VerySecretPart1234';
  const wished = (target: unknown) => ({ target, name: 'Alerts', rules: [], timezone: 'UTC' });
  const make = (as: Person, target: unknown, rest: object = {}) =>
    call<ChannelView>(create, { path, as, body: { ...wished(target), ...rest } });
  const token = 'xoxb-12345-67890-VerySecretToken';
  const bot = { kind: 'slack_bot', token, channel: 'C0123456789' };

  it('never answers a secret, stores it encrypted, and writes down who changed what', async () => {
    const { ada, organizationId } = await team({ ada: 'admin' });
    const made = await make(ada, bot);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      host: 'slack.com',
      hint: 'oken',
      slackChannel: 'C0123456789',
      status: 'active',
    });
    const at = `${path}/${made.json.id}`;
    const changed = await call<ChannelView>(change, {
      path: at,
      as: ada,
      body: { name: 'Others', enabled: false },
    });
    expect(changed.json).toMatchObject({ name: 'Others', status: 'disabled', disabledReason: 'person' });
    const renewed = await call<ChannelView>(change, {
      path: at,
      as: ada,
      body: { target: { ...bot, token: `${token}X9Z8` } },
    });
    expect(renewed.json).toMatchObject({ hint: 'X9Z8', status: 'disabled' });
    const answers = [
      made,
      changed,
      renewed,
      await call(read, { path: at, as: ada }),
      await call(list, { path, as: ada }),
    ];
    const stored = await core.db.get(repository.secretRef(made.json.id));
    const shown = await core.db.get(repository.channelRef(made.json.id));
    const audits = await core.db.find(
      core.db.collection(auditModel).where('organizationId', '==', organizationId),
    );
    const mine = audits.filter(({ targetId }) => targetId === made.json.id);
    for (const text of [
      ...answers.map((one) => one.text),
      ...[stored, shown, mine].map((one) => JSON.stringify(one)),
    ])
      expect(text).not.toContain('VerySecret');
    const page = await singleton<NotificationChannelRepository>('NotificationChannelRepository')
      .secretStore()
      .page(null, 500);
    expect(page.map(({ id }) => id)).toContain(made.json.id);
    expect((await call(remove, { path: at, as: ada })).status).toBe(204);
    expect(await core.db.get(repository.secretRef(made.json.id))).toBeNull();
    const after = await core.db.find(
      core.db.collection(auditModel).where('organizationId', '==', organizationId),
    );
    expect(
      after
        .filter(({ targetId }) => targetId === made.json.id)
        .map(({ action }) => action)
        .sort(),
    ).toEqual([
      ...['notification_channel.changed', 'notification_channel.changed'],
      ...['notification_channel.created', 'notification_channel.deleted'],
    ]);
  });

  it('refuses addresses it may not call, with path and reason, and writes nothing', async () => {
    const { ada } = await team({ ada: 'admin' });
    const fault = async (target: unknown, rest: object = {}) => {
      const answer = await make(ada, target, rest);
      const { errors } = answer.json as unknown as { errors?: { path: string }[] };
      return [answer.status, errors?.[0]?.path];
    };
    for (const [kind, url] of [
      ['slack_webhook', 'https://evil.example/services/T/B/x'],
      ['slack_webhook', 'http://127.0.0.1/services/T/B/x'],
      ['teams', 'https://acme.webhook.office.com/webhookb2/x'],
      ['teams', 'https://10.1.2.3/workflows/1?sig=x'],
    ])
      expect([url, ...(await fault({ kind, url }))]).toEqual([url, 400, 'body.target.url']);
    expect(await fault({ ...bot, token: 'xoxp-a-person' })).toEqual([400, 'body.target.token']);
    const alerts = { rules: [{ event: 'installation.alert', severity: 'info' }] };
    expect(await fault(bot, alerts)).toEqual([400, 'body.rules']);
    const twice = { rules: Array(2).fill({ event: 'sync.failed', severity: 'info' }) };
    expect(await fault(bot, twice)).toEqual([400, 'body.rules']);
    expect((await call<{ items: unknown[] }>(list, { path, as: ada })).json.items).toEqual([]);
    const offered = await call<{ items: { event: string }[] }>(choices, { path: `${path}/choices`, as: ada });
    expect(offered.json.items.map(({ event }) => event)).toEqual(
      CHANNEL_EVENT_NAMES.filter((event) => event !== 'installation.alert'),
    );
  });

  it('hides the channels and messages of others', async () => {
    const [mine, theirs] = [await team({ ada: 'admin' }), await team({ bob: 'admin' })];
    const { json } = await make(mine.ada, bot);
    const at = `${path}/${json.id}`;
    const as = theirs.bob;
    const answers = [
      await call(read, { path: at, as }),
      await call(change, { path: at, as, body: { enabled: false } }),
      await call(change, { path: at, as, body: { target: { kind: 'slack_webhook', url: hook } } }),
      await call(remove, { path: at, as }),
      await call(testRoute, { path: `${at}/test`, as }),
      await call<{ items: MessageView[] }>(messagesRoute, { path: `${at}/messages`, as }),
    ];
    expect(answers.map((one) => one.status)).toEqual(Array(6).fill(404));
    const own = await make(as, bot);
    const foreign = await call(replayRoute, { path: `${path}/${own.json.id}/messages/nm_x/replay`, as });
    expect(foreign.status).toBe(404);
  });
});
