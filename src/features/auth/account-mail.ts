import 'server-only';
import { singleton } from '@/core/singletons';
import type { ActionMail, IdentityToolkit } from './providers/identity-toolkit';
import type { MailView } from './schema';

/** Mode names of Firebase's action links, which our own `/action` page answers. */
const MODES: Record<ActionMail['kind'], string> = {
  PASSWORD_RESET: 'resetPassword',
  EMAIL_SIGNIN: 'signIn',
  VERIFY_EMAIL: 'verifyEmail',
};

const SENT: Record<ActionMail['kind'], string> = {
  PASSWORD_RESET: 'If there is an account with this address, a link to choose a new password is on its way.',
  EMAIL_SIGNIN: 'A link to sign in is on its way to this address.',
  VERIFY_EMAIL: 'A link to confirm your address is on its way.',
};

/** The address to confirm, and whose it is. */
interface Unconfirmed {
  userId: string;
  email: string;
}

/** How we send the confirmation ourselves, where this installation sends mail. */
export interface OwnVerification {
  readonly configured: boolean;
  code(email: string, continueUrl: string): Promise<string>;
  send(person: Unconfirmed & { link: string }): Promise<unknown>;
}

/** The mails of an account: confirm the address, choose a new password, sign in by link. Firebase Auth sends them. */
export class AccountMail {
  static getInstance(): AccountMail {
    return singleton<AccountMail>('AccountMail');
  }

  constructor(
    readonly toolkit: IdentityToolkit,
    readonly appUrl: string,
    /** Whose ID token it is; a request to confirm names nobody. */
    readonly personOf: (idToken: string) => Promise<{ userId: string; email: string | null }>,
    readonly own: OwnVerification,
    /** What is remembered of the person's sessions says the address is unconfirmed. */
    readonly forgetSessions: (userId: string) => Promise<void>,
  ) {}

  passwordReset(email: string, next?: string): Promise<MailView> {
    return this.#send({ kind: 'PASSWORD_RESET', email }, email, next ?? '/sign-in');
  }

  signInLink(email: string, next?: string): Promise<MailView> {
    return this.#send({ kind: 'EMAIL_SIGNIN', email }, email, next ?? '/dashboard');
  }

  async verifyEmail(idToken: string, next?: string): Promise<MailView> {
    const { userId, email: address } = await this.personOf(idToken);
    const email = address ?? '';
    if (this.own.configured && email) return this.#confirm({ userId, email }, next ?? '/dashboard');
    return this.#send({ kind: 'VERIFY_EMAIL', idToken }, email, next ?? '/dashboard');
  }

  /** Counts at once: whoever confirmed to accept an invitation does so with the next click. */
  async confirmEmail(code: string): Promise<void> {
    const userId = await this.toolkit.confirmEmail(code);
    if (userId) await this.forgetSessions(userId);
  }

  /** Firebase ends the other sessions of the person itself when the password changes. */
  async resetPassword(code: string, password: string): Promise<{ email: string }> {
    return { email: await this.toolkit.resetPassword(code, password) };
  }

  async #confirm(person: Unconfirmed, next: string): Promise<MailView> {
    const code = await this.own.code(person.email, this.#back(next));
    await this.own.send({ ...person, link: this.#link(MODES.VERIFY_EMAIL, code, person.email, next) });
    return { sent: true, detail: SENT.VERIFY_EMAIL, link: null };
  }

  #back(next: string): string {
    const back = new URL('/action', this.appUrl);
    back.searchParams.set('next', next);
    return back.href;
  }

  async #send(mail: ActionMail, email: string, next: string): Promise<MailView> {
    const known = await this.toolkit.sendMail(mail, this.#back(next));
    if (!this.toolkit.emulated) return { sent: true, detail: SENT[mail.kind], link: null };
    const code = known ? await this.toolkit.emulatorCode(mail.kind, email) : null;
    return {
      sent: false,
      detail: code
        ? 'The local Auth emulator sends no mail. Use this link instead.'
        : 'The local Auth emulator sends no mail, and knows no account with this address.',
      link: code ? this.#link(MODES[mail.kind], code, email, next) : null,
    };
  }

  #link(mode: string, code: string, email: string, next: string): string {
    const link = new URL('/action', this.appUrl);
    link.search = new URLSearchParams({
      mode,
      oobCode: code,
      apiKey: 'emulator',
      next,
      ...(mode === 'signIn' ? { email } : {}),
    }).toString();
    return link.href;
  }
}
