import 'server-only';
import { provide, singleton } from '@/core/singletons';
import { parseMailbox } from '@/features/mail/address';
import { SmtpMail } from '@/features/mail/providers/smtp';
import { MailRepository } from '@/features/mail/repository';
import { sendMailJob } from '@/features/mail/schema';
import { MailService, SEND_ATTEMPTS, SEND_MAIL } from '@/features/mail/service';
import { core } from '../core';

/** Mail: queued with what it is about, sent once. */
provide('SmtpMail', () => {
  const { SMTP_URL, MAIL_FROM } = core.env;
  const from = MAIL_FROM ? parseMailbox(MAIL_FROM) : null;
  if (MAIL_FROM && !from) throw new Error('MAIL_FROM is not a mail address.');
  return SMTP_URL && from ? new SmtpMail({ url: SMTP_URL, from }, () => core.clock.now()) : null;
});

provide(
  'MailService',
  () =>
    new MailService({
      repository: new MailRepository(core.db),
      jobs: core.jobs,
      encryption: core.encryption,
      smtp: singleton<SmtpMail | null>('SmtpMail'),
      clock: core.clock,
      ids: core.ids,
    }),
);

core.jobRegistry.register(
  SEND_MAIL,
  sendMailJob,
  ({ payload, attempt, maxAttempts }) =>
    MailService.getInstance().send(payload.mailId, { attempt, maxAttempts }),
  { maxAttempts: SEND_ATTEMPTS },
);

/** Every minute: mails whose job got lost on the way to its queue. */
core.cron.on('outbox', 'mail.sweep', () => MailService.getInstance().sweep());
