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

/** The mails of an account: confirm the address, choose a new password, sign in by link. Firebase Auth sends them. */
export class AccountMail {
  static getInstance(): AccountMail {
    return singleton<AccountMail>('AccountMail');
  }

  constructor(
    readonly toolkit: IdentityToolkit,
    readonly appUrl: string,
    /** For the address of an ID token, which a request to confirm does not name. */
    readonly emailOf: (idToken: string) => Promise<string | null>,
  ) {}

  passwordReset(email: string, next?: string): Promise<MailView> {
    return this.#send({ kind: 'PASSWORD_RESET', email }, email, next ?? '/sign-in');
  }

  signInLink(email: string, next?: string): Promise<MailView> {
    return this.#send({ kind: 'EMAIL_SIGNIN', email }, email, next ?? '/dashboard');
  }

  async verifyEmail(idToken: string, next?: string): Promise<MailView> {
    const email = (await this.emailOf(idToken)) ?? '';
    return this.#send({ kind: 'VERIFY_EMAIL', idToken }, email, next ?? '/dashboard');
  }

  confirmEmail(code: string): Promise<void> {
    return this.toolkit.confirmEmail(code);
  }

  /** Firebase ends the other sessions of the person itself when the password changes. */
  async resetPassword(code: string, password: string): Promise<{ email: string }> {
    return { email: await this.toolkit.resetPassword(code, password) };
  }

  async #send(mail: ActionMail, email: string, next: string): Promise<MailView> {
    const back = new URL('/action', this.appUrl);
    back.searchParams.set('next', next);
    const known = await this.toolkit.sendMail(mail, back.href);
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
