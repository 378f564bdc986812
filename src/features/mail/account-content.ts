import 'server-only';
import type { MailContent } from './schema';
import { type Reader, wordsFor } from './words';

const plain = () => ({ tone: 'calm' as const, facts: [], items: [], links: [], unsubscribeUrl: null });

export interface InvitationFacts {
  inviter: string;
  organization: string;
  expiresAt: Date;
  /** Opens the invitation; secret. */
  link: string;
}

/** To somebody who may never have heard of us: who asks, for what, until when. */
export function invitationContent(reader: Reader, facts: InvitationFacts): MailContent {
  const t = wordsFor(reader, 'mail');
  const { inviter, organization, expiresAt, link } = facts;
  return {
    ...plain(),
    locale: reader.locale,
    subject: t('invitation.subject', { inviter, organization }),
    preview: t('invitation.body', { inviter }),
    heading: t('invitation.heading', { organization }),
    paragraphs: [t('invitation.body', { inviter }), t('invitation.expiry', { expiresAt })],
    action: { label: t('invitation.action'), url: link },
    reason: t('reason.invitation', { inviter }),
  };
}

/** @param link confirms the address; secret. */
export function verificationContent(reader: Reader, link: string): MailContent {
  const t = wordsFor(reader, 'mail');
  return {
    ...plain(),
    locale: reader.locale,
    subject: t('verification.subject'),
    preview: t('verification.body'),
    heading: t('verification.heading'),
    paragraphs: [t('verification.body')],
    action: { label: t('verification.action'), url: link },
    reason: t('reason.verification'),
  };
}
