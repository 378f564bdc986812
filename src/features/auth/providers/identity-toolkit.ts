import 'server-only';
import { z } from 'zod';
import { ServiceUnavailableError, SystemError, ValidationError } from '@/core/errors';
import type { OutboundHttp } from '@/core/http/outbound';
import { statusFailure } from '@/core/http/outbound-failure';

export type ActionMail =
  | { kind: 'PASSWORD_RESET'; email: string }
  | { kind: 'EMAIL_SIGNIN'; email: string }
  | { kind: 'VERIFY_EMAIL'; idToken: string };

const PROVIDER = 'firebase_auth';
const answerSchema = z.looseObject({ email: z.string().optional(), localId: z.string().optional() });
const failureSchema = z.object({ error: z.object({ message: z.string() }) });
const emulatorCodes = z.object({
  oobCodes: z
    .array(z.object({ email: z.string(), requestType: z.string(), oobCode: z.string() }))
    .default([]),
});

/**
 * Firebase Auth's public REST API, for what the admin SDK cannot do: make Firebase send its mails and redeem their codes.
 * https://docs.cloud.google.com/identity-platform/docs/reference/rest/v1/accounts
 */
export class IdentityToolkit {
  readonly #base: string;

  constructor(
    readonly http: OutboundHttp,
    readonly settings: {
      projectId: string;
      webApiKey: string | undefined;
      /** `host:port` of the Auth emulator. */
      emulatorHost: string | undefined;
    },
    readonly now: () => Date,
  ) {
    const host = settings.emulatorHost ? `http://${settings.emulatorHost}/` : 'https://';
    this.#base = `${host}identitytoolkit.googleapis.com/v1`;
  }

  get emulated(): boolean {
    return this.settings.emulatorHost !== undefined;
  }

  /**
   * Asks Firebase to send a mail. Nobody learns from the answer whether the address has an account.
   * @returns false when Firebase knows no such address.
   */
  async sendMail(mail: ActionMail, continueUrl: string): Promise<boolean> {
    const { kind, ...who } = mail;
    const answer = await this.#post('accounts:sendOobCode', {
      requestType: kind,
      ...who,
      continueUrl,
      ...(kind === 'EMAIL_SIGNIN' ? { canHandleCodeInApp: true } : {}),
    });
    if (answer.ok) return true;
    if (answer.reason === 'EMAIL_NOT_FOUND' || answer.reason === 'USER_NOT_FOUND') return false;
    throw this.#refused(answer);
  }

  /**
   * @returns whose address it was; null where Firebase does not say.
   * @throws ValidationError at `body.code` when the code is wrong, used or too old.
   */
  async confirmEmail(code: string): Promise<string | null> {
    const answer = await this.#post('accounts:update', { oobCode: code });
    if (!answer.ok) throw this.#refused(answer);
    return answer.body.localId ?? null;
  }

  /** @returns the address whose password was changed. */
  async resetPassword(code: string, newPassword: string): Promise<string> {
    const answer = await this.#post('accounts:resetPassword', { oobCode: code, newPassword });
    if (!answer.ok) throw this.#refused(answer);
    return answer.body.email ?? '';
  }

  /** The emulator sends no mail; it keeps the codes for whoever develops. Null on a real project. */
  async emulatorCode(kind: ActionMail['kind'], email: string): Promise<string | null> {
    if (!this.settings.emulatorHost) return null;
    const { emulatorHost, projectId } = this.settings;
    const response = await this.http.request({
      provider: PROVIDER,
      url: `http://${emulatorHost}/emulator/v1/projects/${projectId}/oobCodes`,
    });
    const { oobCodes } = emulatorCodes.parse(await response.json());
    return oobCodes.findLast((one) => one.requestType === kind && one.email === email)?.oobCode ?? null;
  }

  async #post(method: string, body: unknown) {
    const key = this.settings.webApiKey ?? (this.emulated ? 'emulator' : undefined);
    if (!key) {
      throw new ServiceUnavailableError('Set FIREBASE_WEB_API_KEY so that Firebase can send its mails.');
    }
    const response = await this.http.request({
      provider: PROVIDER,
      method: 'POST',
      url: `${this.#base}/${method}?key=${encodeURIComponent(key)}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      timeoutMs: 10_000,
    });
    const json = await response.json();
    if (response.ok) return { ok: true as const, body: answerSchema.parse(json) };
    if (response.status !== 400) throw statusFailure(PROVIDER, response, { now: this.now() });
    // `WEAK_PASSWORD : Password should be at least 6 characters`
    const message = failureSchema.parse(json).error.message;
    return { ok: false as const, reason: message.split(/[ :]/)[0] ?? message };
  }

  #refused({ reason }: { reason: string }): Error {
    if (/OOB_CODE/.test(reason)) {
      return ValidationError.at('body.code', 'This link was used already or is too old. Ask for a new one.');
    }
    if (/PASSWORD/.test(reason)) return ValidationError.at('body.password', 'Choose a stronger password.');
    if (/ID_TOKEN|TOKEN_EXPIRED/.test(reason)) {
      return ValidationError.at('body.idToken', 'This sign-in is no longer valid. Sign in again.');
    }
    if (/TOO_MANY|QUOTA/.test(reason)) {
      return new SystemError('Too many mails were sent. Wait a few minutes and try again.', 'rate_limited', {
        retryAfterSeconds: 300,
      });
    }
    if (/OPERATION_NOT_ALLOWED|CONTINUE|CONFIGURATION/.test(reason)) {
      return new ServiceUnavailableError(
        'This way of signing in is not switched on for this installation. Tell its operator.',
        undefined,
        { context: { reason } },
      );
    }
    return new SystemError('Firebase Auth refused the request.', 'internal', { context: { reason } });
  }
}
