import { randomUUID } from 'node:crypto';
import { call } from '@tests/support/accounts';
import { type Account, account, joins, organization, ownMailServer } from '@tests/support/mail';
import { ownDatabase } from '@tests/support/publishing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { POST as unsubscribe } from '@/app/api/notifications/unsubscribe/route';
import type { Actor } from '@/core/auth/principal';
import { PermanentJobError } from '@/core/jobs/outcome';
import { singleton } from '@/core/singletons';
import type { SmtpMail } from '@/features/mail/providers/smtp';
import { MailRepository } from '@/features/mail/repository';
import { mailModel } from '@/features/mail/schema';
import { MailService } from '@/features/mail/service';
import { NotificationService } from '@/features/notifications/service';
import { InvitationService } from '@/features/organizations/invitations';
import { accountNeedsReauth } from '@/features/platforms/events';
import { postFailed } from '@/features/publishing/events';
import { tokenWarning } from '@/features/tokens/events';
import { UserRepository } from '@/features/users/repository';
import type { UserSettings } from '@/features/users/schema';
import { core } from '@/server/core';
import '@/server/services';

ownDatabase('mail');
const credentials = { user: 'irisync', pass: 'p@ss word/1' };
const catcher = await ownMailServer();
process.env.APP_URL = 'http://localhost:3000';

beforeAll(() => core.jobs.start({ concurrency: 4 }));
afterEach(() => {
  expect(catcher.faults).toEqual([]);
});
afterAll(async () => {
  await core.jobs.stop();
  await catcher.stop();
});

const got = (who: Account | string) => catcher.to(typeof who === 'string' ? who : who.email);
const arrives = (who: Account, count = 1) =>
  expect.poll(() => got(who).length, { timeout: 20_000, interval: 50 }).toBe(count);
const rows = (who: Account) => core.db.find(core.db.collection(mailModel).where('userId', '==', who.uid));
const becomes = (who: Account, status: string) =>
  expect.poll(async () => (await rows(who))[0]?.status, { timeout: 20_000, interval: 100 }).toBe(status);
const tell = (who: Account, key: string = randomUUID()) =>
  NotificationService.getInstance().notify(
    who.uid,
    'tokens.warning',
    { used: 40, total: 50, available: 10, refreshAt: Date.UTC(2026, 11, 1) },
    { href: '/tokens', key },
  );
async function lettersOf(mailId: string) {
  const letters = [];
  for await (const one of core.deadLetters.all()) if (one.payload.includes(mailId)) letters.push(one);
  return letters;
}
const settle = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
const wants = (who: Account, notifications: Partial<UserSettings['notifications']>) =>
  new UserRepository(core.db).update(who.uid, {
    settings: {
      theme: 'system',
      notifications: { muted: [], digest: 'immediate', quietHours: null, ...notifications },
    },
  });

describe('from an event to one mail', () => {
  it('a durable event tells the person once, in the app and by mail, however often it is delivered', async () => {
    const owner = await account();
    const organizationId = await organization(owner);
    const usage = {
      ownerId: owner.uid,
      userId: owner.uid,
      organizationId,
      used: 40,
      total: 50,
      available: 10,
      percent: 80 as const,
      nextRefreshDate: new Date('2026-12-01T00:00:00Z'),
    };
    const eventId = await core.db.run(async (tx) => core.outbox.append(tx, tokenWarning, usage));
    await arrives(owner);
    // The sweep delivers it again and twice at once, as after a crash before the acknowledgement.
    await core.db.firestore
      .doc(`outbox/${eventId}`)
      .update({ status: 'pending', acknowledged: [], leaseUntil: null });
    await Promise.all([
      core.outbox.dispatch(eventId),
      core.bus.emit(tokenWarning, usage, { eventId, occurredAt: new Date() }),
    ]);
    await settle(1_500);
    expect(got(owner)).toHaveLength(1);
    expect(await rows(owner)).toMatchObject([{ status: 'sent', content: '', kind: 'tokens.warning' }]);
    const [mail] = got(owner);
    expect(mail?.subject).toBe('80 % of your tokens are used');
    expect(mail?.text).toContain('40 of 50');
    expect(mail?.text).toContain('December 1, 2026');
    expect(mail?.html).toContain('href="http://localhost:3000/tokens"');
    expect(mail?.headers.get('message-id')).toMatch(/^<m_[\w-]{27}@irisync\.test>$/);
    expect(mail?.headers.get('from')).toBe('IriSync <hello@irisync.test>');
  });

  it('posts and channels that need a person reach those who can act', async () => {
    const [owner, ada, mia] = await Promise.all([account(), account(), account()]);
    const organizationId = await organization(owner);
    await joins(organizationId, ada, 'admin');
    await joins(organizationId, mia, 'member');
    const run = { runId: 'r', postId: 'p', organizationId, connectionId: 'c', platform: 'mastodon' as const };
    await core.db.run(async (tx) => {
      core.outbox.append(tx, postFailed, { ...run, authorId: mia.uid, errorClass: 'timeout', message: 'x' });
    });
    await arrives(mia);
    expect(got(mia)[0]?.text).toContain('Mastodon did not take it.');
    expect(got(mia)[0]?.html).toContain('http://localhost:3000/posts/p');
    const reauth = {
      connectionId: 'c',
      organizationId,
      platform: 'mastodon' as const,
      handle: '@a',
      reason: 'x',
    };
    await core.db.run(async (tx) => {
      core.outbox.append(tx, accountNeedsReauth, reauth);
    });
    await Promise.all([arrives(owner), arrives(ada)]);
    expect(got(mia)).toHaveLength(1);
  });

  it('what people wrote stays text: no markup, no header of its own', async () => {
    const owner = await account({ displayName: 'Eve\r\nBcc: evil@example.test' });
    const organizationId = await organization(owner, '<b>Fern</b> & "Co"');
    const guest = `guest-${randomUUID()}@example.test`;
    const actor = { userId: owner.uid, organizationId, displayName: owner.displayName } as Actor;
    const made = await InvitationService.getInstance().create(actor, {
      email: guest,
      role: 'viewer',
      teamIds: [],
    });
    expect(made.mailed).toBe(true);
    await expect.poll(() => got(guest).length, { timeout: 20_000 }).toBe(1);
    const [mail] = got(guest);
    expect(mail?.headers.has('bcc')).toBe(false);
    expect(mail?.to).toEqual([guest]);
    expect(mail?.subject).toBe('Eve Bcc: evil@example.test invites you to <b>Fern</b> & "Co" on IriSync');
    expect(mail?.html).not.toContain('<b>Fern');
    expect(mail?.html).toContain('&lt;b&gt;Fern&lt;/b&gt;');
    expect(mail?.html).toContain(made.link);
    // The link opens the invitation: it lies nowhere in the clear, and nowhere at all once it is out.
    const stored = await core.db.firestore.collection('mails').where('to', '==', guest).get();
    expect(JSON.stringify(stored.docs.map((doc) => doc.data()))).not.toContain(new URL(made.link).pathname);
  });
});

describe('a mail server that misbehaves', () => {
  it.each([
    ['is busy', { kind: 'busy' }],
    ['puts the recipient off', { kind: 'recipient', code: 450 }],
    ['puts the text off', { kind: 'text', code: 451 }],
  ] as const)('%s: the mail is tried again and arrives once, under the same id', async (_, fault) => {
    const someone = await account();
    catcher.fault(fault);
    await tell(someone);
    await arrives(someone);
    await becomes(someone, 'sent');
    const [row] = await rows(someone);
    expect(got(someone)[0]?.headers.get('message-id')).toBe(`<${row?.id}@irisync.test>`);
    expect(singleton<SmtpMail>('SmtpMail').state?.problem).toBeNull();
  });

  it('refuses for good: a dead letter that says why, no second try', async () => {
    const someone = await account();
    catcher.fault({ kind: 'recipient', code: 550 });
    await tell(someone);
    await becomes(someone, 'failed');
    const [row] = await rows(someone);
    expect(row?.outcome).toContain('550');
    const letters = await lettersOf(row?.id ?? '-');
    expect(letters).toMatchObject([{ type: 'mail.send', status: 'open', attempts: 1 }]);
    // A person mends the address and sends it after all.
    await core.jobs.replay(letters[0]?.id ?? '');
    await arrives(someone);
    await becomes(someone, 'sent');
  });

  it.each([
    ['takes the mail and breaks the connection', { kind: 'reset_after_accept' }, 1],
    ['breaks the connection in the text', { kind: 'reset_in_text' }, 0],
  ] as const)('%s: nobody knows, and it is not sent again by itself', async (_, fault, kept) => {
    const someone = await account();
    catcher.fault(fault);
    await tell(someone);
    await becomes(someone, 'uncertain');
    await settle(3_000);
    await MailService.getInstance().sweep();
    await settle(500);
    expect(got(someone)).toHaveLength(kept);
    const [row] = await rows(someone);
    const letters = await lettersOf(row?.id ?? '-');
    expect(letters).toHaveLength(1);
  });

  it('stays silent: given up in time, tried again', async () => {
    const someone = await account();
    const smtp = singleton<SmtpMail>('SmtpMail');
    (smtp.settings as { timeoutMs?: number }).timeoutMs = 700;
    catcher.fault({ kind: 'silent' });
    await tell(someone);
    await arrives(someone);
    await becomes(someone, 'sent');
    (smtp.settings as { timeoutMs?: number }).timeoutMs = 15_000;
  });
});

describe('a process that dies', () => {
  it('while the text is handed over: the next one does not send it again', async () => {
    const someone = await account();
    await wants(someone, { quietHours: { from: '00:00', to: '23:59' } });
    await tell(someone);
    const [row] = await rows(someone);
    expect(row?.status).toBe('waiting');
    expect(row?.sendAt.getTime()).toBeGreaterThan(Date.now());
    const id = row?.id ?? '';
    const ref = new MailRepository(core.db).ref(id);
    await core.db.update(ref, { status: 'committing', commitId: 'dead', committedAt: new Date() });
    const mails = MailService.getInstance();
    // It may still be alive: wait.
    await expect(mails.send(id, { attempt: 2, maxAttempts: 15 })).rejects.toMatchObject({ retryable: true });
    await core.db.update(ref, { committedAt: new Date(Date.now() - 120_000) });
    await expect(mails.send(id, { attempt: 3, maxAttempts: 15 })).rejects.toThrow(PermanentJobError);
    await expect(mails.send(id, { attempt: 4, maxAttempts: 15 })).rejects.toThrow(PermanentJobError);
    expect(got(someone)).toHaveLength(0);
    // A person looked and wants it sent.
    await mails.send(id, { attempt: 1, maxAttempts: 15 });
    expect(got(someone)).toHaveLength(1);
    await mails.send(id, { attempt: 2, maxAttempts: 15 });
    expect(got(someone)).toHaveLength(1);
  });

  it('two tries at once hand over one text', async () => {
    const someone = await account();
    await wants(someone, { quietHours: { from: '00:00', to: '23:59' } });
    await tell(someone);
    const id = (await rows(someone))[0]?.id ?? '';
    const tries = Array.from({ length: 4 }, () =>
      MailService.getInstance().send(id, { attempt: 1, maxAttempts: 15 }),
    );
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    expect(got(someone)).toHaveLength(1);
    expect((await rows(someone))[0]?.status).toBe('sent');
  });

  it('before its job was queued: the sweep queues it', async () => {
    const someone = await account();
    await wants(someone, { quietHours: { from: '00:00', to: '23:59' } });
    await tell(someone);
    const [row] = await rows(someone);
    const jobs = await core.db.firestore.collection('jobs').where('type', '==', 'mail.send').get();
    for (const job of jobs.docs)
      if (String(job.get('payload')).includes(row?.id ?? '-')) await job.ref.delete();
    const ref = new MailRepository(core.db).ref(row?.id ?? '');
    await core.db.update(ref, { sendAt: new Date(Date.now() - 600_000) });
    expect((await MailService.getInstance().sweep()).due).toBeGreaterThan(0);
    await arrives(someone);
  });
});

describe('what a person wants', () => {
  it('muted by mail: in the app only; muted in the app: by mail only', async () => {
    const [quiet, silent] = await Promise.all([account(), account()]);
    await wants(quiet, { muted: ['tokens.warning.email'] });
    await wants(silent, { muted: ['tokens.warning.in_app'] });
    await Promise.all([tell(quiet), tell(silent)]);
    await arrives(silent);
    const service = NotificationService.getInstance();
    expect((await service.list(quiet.uid, { limit: 5 })).items).toMatchObject([
      { type: 'tokens.warning', readAt: null },
    ]);
    expect((await service.list(silent.uid, { limit: 5 })).items).toEqual([]);
    await settle(1_000);
    expect(await rows(quiet)).toEqual([]);
    expect(got(quiet)).toEqual([]);
  });

  it('the link in a mail stops its kind with one click, without a sign-in', async () => {
    const someone = await account();
    await tell(someone);
    await arrives(someone);
    const header = got(someone)[0]?.headers.get('list-unsubscribe') ?? '';
    expect(got(someone)[0]?.headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
    const url = new URL(header.slice(1, -1));
    expect(url.pathname).toBe('/api/notifications/unsubscribe');
    const oneClick = {
      path: url.pathname + url.search,
      raw: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: '' },
    };
    expect((await call(unsubscribe, oneClick)).json).toEqual({ type: 'tokens.warning', done: true });
    expect((await call(unsubscribe, oneClick)).status).toBe(200);
    expect((await new UserRepository(core.db).user(someone.uid))?.settings.notifications.muted).toEqual([
      'tokens.warning.email',
    ]);
    const forged = { ...oneClick, path: `${url.pathname}?token=${'x'.repeat(40)}` };
    expect((await call(unsubscribe, forged)).status).toBe(410);
    await tell(someone);
    await settle(1_000);
    expect(got(someone)).toHaveLength(1);
  });

  it('a receipt comes at any hour and cannot be refused', async () => {
    const someone = await account();
    await wants(someone, {
      muted: ['billing.receipt.email'],
      digest: 'weekly',
      quietHours: { from: '00:00', to: '23:59' },
    });
    const data = { amountMinor: 1900, currency: 'eur', tokens: 500, number: 'R-1', sandbox: 'no' };
    await NotificationService.getInstance().notify(someone.uid, 'billing.receipt', data, {
      href: '/billing',
    });
    await arrives(someone);
    expect(got(someone)[0]?.subject).toBe('Your receipt: 500 tokens for €19.00');
    expect(got(someone)[0]?.headers.has('list-unsubscribe')).toBe(false);
  });
});

it('signs in where the server asks for it, and waits while it refuses', async () => {
  const { SmtpCatcher } = await import('@tests/fakes/smtp');
  const { SmtpMail } = await import('@/features/mail/providers/smtp');
  const locked = await new SmtpCatcher(credentials).start();
  const url = locked.url.replace(
    `${credentials.user}:${credentials.pass}@`,
    `${credentials.user}:${encodeURIComponent(credentials.pass)}@`,
  );
  const smtp = new SmtpMail({ url, from: { name: '', address: 'a@b.test' } }, () => new Date());
  const mail = {
    subject: 's',
    html: '<p>h</p>',
    text: 't',
    to: 'c@d.test',
    messageId: 'm',
    unsubscribeUrl: null,
  };
  locked.fault({ kind: 'refuse_auth' });
  let commits = 0;
  const commit = async () => {
    commits += 1;
  };
  await expect(smtp.deliver(mail, commit)).rejects.toMatchObject({
    retryable: true,
    kind: 'auth_expired',
    outcome: 'not_sent',
  });
  expect(commits).toBe(0);
  await smtp.deliver(mail, commit);
  expect([commits, locked.mails.length]).toEqual([1, 1]);
  await expect(smtp.deliver({ ...mail, to: 'a@b.test>\r\nRCPT TO:<x@y.test' }, commit)).rejects.toMatchObject(
    { outcome: 'rejected' },
  );
  await expect(smtp.deliver(mail, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(locked.mails).toHaveLength(1);
  await locked.stop();
});
