import { z } from 'zod';
import { defineModel } from '@/core/db/model';

/** The words of a mail: what it says, who gets it, and how far it is on its way. */

/** What a mail says, as plain text in the reader's language. The layout escapes all of it; nobody passes markup. */
export const mailContentSchema = z.object({
  locale: z.string().min(2).max(10),
  subject: z.string().min(1),
  /** The first line an inbox shows beside the subject. */
  preview: z.string(),
  tone: z.enum(['calm', 'urgent']),
  heading: z.string(),
  paragraphs: z.array(z.string()),
  facts: z.array(z.object({ label: z.string(), value: z.string() })),
  /** Rows of a digest. */
  items: z.array(
    z.object({ title: z.string(), body: z.string(), url: z.string().nullable(), at: z.string() }),
  ),
  action: z.object({ label: z.string(), url: z.string() }).nullable(),
  /** Why the reader gets this mail. */
  reason: z.string(),
  links: z.array(z.object({ label: z.string(), url: z.string() })),
  /** One-click address (RFC 8058); null on mails a person cannot refuse. */
  unsubscribeUrl: z.string().nullable(),
});
export type MailContent = z.output<typeof mailContentSchema>;

/**
 * `waiting` it is to be sent · `committing` a server is being handed its text · `sent` a server took it ·
 * `uncertain` the connection broke after the text: nobody knows, and it is not sent again by itself · `failed` refused for good
 */
export const MAIL_STATUSES = ['waiting', 'committing', 'sent', 'uncertain', 'failed'] as const;

export const mailModel = defineModel('mails', {
  /** Null for addresses of people without an account. */
  userId: z.string().nullable(),
  organizationId: z.string().nullable(),
  /** What it is for: a notification's type, `account.invitation`, `digest.daily`. */
  kind: z.string(),
  to: z.string(),
  /** {@link mailContentSchema}, encrypted: it may carry a link that opens an account. Emptied once nothing is left to send. */
  content: z.string(),
  status: z.enum(MAIL_STATUSES),
  /** Not before: quiet hours. */
  sendAt: z.date(),
  /** Names the try that is handing the text over. */
  commitId: z.string().nullable(),
  committedAt: z.date().nullable(),
  /** The try that gave up; a later first try is a person's wish to send it after all. */
  stoppedAtAttempt: z.int().nullable(),
  sentAt: z.date().nullable(),
  /** For the operator: the server's answer or what went wrong. */
  outcome: z.string().nullable(),
  expiresAt: z.date(),
});

export const sendMailJob = z.object({ mailId: z.string() });
