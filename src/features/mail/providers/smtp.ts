import 'server-only';
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { ExternalServiceError } from '@/core/errors';
import { isMailAddress, type Mailbox } from '../address';
import type { RenderedMail } from '../layout';

const PROVIDER = 'smtp';
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

export interface SmtpSettings {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. */
  url: string;
  from: Mailbox;
  /** Milliseconds for connecting and greeting, and of silence after that. */
  timeoutMs?: number;
}

export interface OutgoingMail extends RenderedMail {
  to: string;
  /** Same mail, same id, on every try: mail programs show the second one as the first. */
  messageId: string;
  unsubscribeUrl: string | null;
}

/** How the last conversation with the server went, for the health page. */
export interface SmtpState {
  at: Date;
  /** Null when it took the mail. */
  problem: string | null;
}

interface SmtpFailure {
  message: string;
  code?: string | undefined;
  responseCode?: number | undefined;
}

/** One SMTP server. https://nodemailer.com/extras/smtp-connection */
export class SmtpMail {
  state: SmtpState | null = null;

  constructor(
    readonly settings: SmtpSettings,
    readonly now: () => Date,
  ) {}

  /** The right-hand side of message ids. */
  get domain(): string {
    return this.settings.from.address.split('@')[1] ?? 'localhost';
  }

  /**
   * Hands one mail to the server.
   * @param commit awaited after the server has agreed to sender and recipient, before the first byte of the text: from here
   * on a broken connection leaves it open whether the mail is out. When it throws, nothing is sent.
   * @returns the server's answer.
   * @throws ExternalServiceError: `outcome` says whether the mail may be out (`unknown`), `retryable` whether to try again.
   */
  async deliver(mail: OutgoingMail, commit: () => Promise<void>): Promise<string> {
    if (!isMailAddress(mail.to)) throw rejected(`${mail.to.slice(0, 80)} is not a mail address.`);
    const raw = await this.#compose(mail);
    const connection = this.#open();
    let committed = false;
    let refusal: unknown = null;
    const text = Readable.from(
      (async function* () {
        try {
          await commit();
        } catch (error) {
          refusal = error;
          throw error;
        }
        committed = true;
        yield raw;
      })(),
      { objectMode: false },
    );
    try {
      await this.#greet(connection);
      const answer = await this.#hand(connection, mail.to, text);
      this.state = { at: this.now(), problem: null };
      return answer;
    } catch (error) {
      if (refusal) throw refusal;
      const failure = failureOf(error as SmtpFailure, committed);
      // A refused recipient says nothing about the server.
      this.state = { at: this.now(), problem: failure.outcome === 'rejected' ? null : failure.message };
      throw failure;
    } finally {
      connection.close();
      text.destroy();
    }
  }

  #open(): SMTPConnection {
    const { url, timeoutMs = 15_000 } = this.settings;
    const { protocol, hostname, port, username, searchParams } = new URL(url);
    const secure = protocol === 'smtps:';
    const connection = new SMTPConnection({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (secure ? 465 : 587),
      secure,
      // A password never travels in the clear, except to this very machine.
      requireTLS: !secure && username !== '' && !LOOPBACK.test(hostname),
      name: searchParams.get('name') ?? this.domain,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      socketCloseTimeout: 0,
    });
    // Errors reach the call they belong to; one that comes after it has nobody left to tell.
    connection.on('error', () => undefined);
    return connection;
  }

  async #greet(connection: SMTPConnection): Promise<void> {
    await new Promise<void>((done, fail) => {
      connection.once('error', fail);
      connection.connect((error) => (error ? fail(error) : done()));
    });
    const { username, password } = new URL(this.settings.url);
    if (!username) return;
    const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
    await new Promise<void>((done, fail) => {
      connection.once('error', fail);
      connection.login({ credentials }, (error) => (error ? fail(error) : done()));
    });
  }

  #hand(connection: SMTPConnection, to: string, text: Readable): Promise<string> {
    return new Promise((done, fail) => {
      connection.once('error', fail);
      connection.once('end', () => fail(new Error('The connection was closed.')));
      connection.send({ from: this.settings.from.address, to: [to] }, text, (error, info) =>
        error ? fail(error) : done(info?.response ?? ''),
      );
    });
  }

  #compose(mail: OutgoingMail): Promise<Buffer> {
    const { subject, html, text, to, messageId, unsubscribeUrl } = mail;
    const list = unsubscribeUrl
      ? {
          'List-Unsubscribe': `<${new URL(unsubscribeUrl).href}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        }
      : {};
    const node = new MailComposer({
      from: this.settings.from,
      to: { name: '', address: to },
      subject,
      html,
      text,
      messageId: `<${messageId}@${this.domain}>`,
      date: this.now(),
      headers: { ...list, 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    }).compile();
    return node.build();
  }
}

function rejected(message: string): ExternalServiceError {
  return new ExternalServiceError(message, {
    provider: PROVIDER,
    kind: 'invalid_request',
    retryable: false,
    outcome: 'rejected',
  });
}

/**
 * What a failure means. An answer of the server is definite whenever it comes: 4yz try again, 5yz never (RFC 5321 §4.2.1).
 * Silence is definite only before the text.
 */
function failureOf(error: SmtpFailure, committed: boolean): ExternalServiceError {
  const status = error.responseCode;
  const message = error.message.slice(0, 300);
  const facts = { provider: PROVIDER, ...(status ? { vendorStatus: status } : {}) };
  const options = { cause: error };
  // Wrong credentials are the operator's to mend; the mail waits meanwhile.
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH') {
    const failure = {
      ...facts,
      kind: 'auth_expired' as const,
      retryable: true,
      outcome: 'not_sent' as const,
    };
    return new ExternalServiceError(`The mail server refused our sign-in: ${message}`, failure, options);
  }
  if (status && status >= 500) {
    const failure = {
      ...facts,
      kind: 'invalid_request' as const,
      retryable: false,
      outcome: 'rejected' as const,
    };
    return new ExternalServiceError(`The mail server refused the mail: ${message}`, failure, options);
  }
  if (status || !committed) {
    const failure = { ...facts, kind: 'unavailable' as const, retryable: true, outcome: 'not_sent' as const };
    return new ExternalServiceError(`The mail server did not take the mail: ${message}`, failure, options);
  }
  return new ExternalServiceError(
    `The connection broke while the mail was handed over: ${message}`,
    { ...facts, kind: 'timeout', retryable: false, outcome: 'unknown' },
    options,
  );
}
