import 'server-only';
import type { Tx } from '@/core/db/db';
import { invitationContent, verificationContent } from './account-content';
import type { MailService, SealedMail } from './service';
import type { MailLocale } from './words';

/** People who are asked by the language of somebody else read it, or English. */
function localeOf(locale: string): MailLocale {
  return locale === 'de' ? 'de' : 'en';
}

interface Invitation {
  organizationId: string;
  id: string;
  email: string;
  inviter: string;
  organization: string;
  locale: string;
  timezone: string;
  expiresAt: Date;
  link: string;
}

/** Invitations by mail, one per link. */
export function invitationMails(mails: MailService) {
  return {
    prepare({
      organizationId,
      id,
      email,
      locale,
      timezone,
      ...facts
    }: Invitation): Promise<SealedMail | null> {
      return mails.seal({
        key: `invitation:${facts.link}`,
        kind: 'account.invitation',
        to: email,
        organizationId,
        content: invitationContent({ locale: localeOf(locale), timezone }, facts),
      });
    },
    queueIn: (tx: Tx, mail: unknown) => mails.queueIn(tx, mail as SealedMail),
  };
}

/** Mails that confirm an address, where this installation sends them itself. */
export function verificationMails(mails: MailService) {
  return {
    get configured() {
      return mails.configured;
    },
    send: (person: { userId: string; email: string; locale: string; timezone: string; link: string }) =>
      mails.queue({
        // Each link is one of its own; asking again sends a new one.
        key: `verification:${person.link}`,
        kind: 'account.verification',
        to: person.email,
        userId: person.userId,
        content: verificationContent(
          { locale: localeOf(person.locale), timezone: person.timezone },
          person.link,
        ),
      }),
  };
}
