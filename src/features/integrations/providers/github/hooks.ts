import 'server-only';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import { githubSettings } from '../../connections/settings';
import { bearerOf } from '../bearer';
import type { VendorSession, VendorSubscriber } from '../types';
import type { GitHubApi, GitHubCall } from './api';

/** Topics of the records that are synced. */
const EVENTS = ['issues', 'release'];
/** A repository takes at most 20 webhooks of one kind. */
const PAGE = 100;
const GONE: ReadonlySet<number | undefined> = new Set([404, 410]);

const hookSchema = z.looseObject({
  id: z.int(),
  active: z.boolean(),
  config: z.looseObject({ url: z.string().optional() }),
});
type Hook = z.output<typeof hookSchema>;

/** Webhooks of repositories. @see https://docs.github.com/rest/repos/webhooks */
export class GitHubHooks implements VendorSubscriber {
  constructor(readonly api: GitHubApi) {}

  takes(settings: unknown, resource: string): boolean {
    return githubSettings.parse(settings).repositories.includes(resource);
  }

  async subscribe(
    session: VendorSession,
    resource: string,
    { url, secret, events }: { url: string; secret: string; events: readonly string[] },
  ): Promise<string> {
    const config = { url, secret, content_type: 'json', insecure_ssl: '0' };
    const json = { active: true, events: events.length > 0 ? events : EVENTS, config };
    try {
      const known = await this.#own(session, resource, url);
      if (known) return await this.#write(session, 'PATCH', `${pathOf(resource)}/${known.id}`, json);
      return await this.#create(session, resource, url, { name: 'web', ...json });
    } catch (error) {
      throw refusedBy(resource, error);
    }
  }

  async find(session: VendorSession, resource: string, url: string) {
    try {
      const hook = await this.#own(session, resource, url);
      return hook && { id: String(hook.id), active: hook.active };
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  async unsubscribe(session: VendorSession, resource: string, id: string): Promise<void> {
    try {
      await this.#call(session, { method: 'DELETE', path: `${pathOf(resource)}/${id}`, idempotent: true });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** A second of the same address is refused, so a repeat after a lost answer finds what the first one made. */
  async #create(session: VendorSession, resource: string, url: string, json: object): Promise<string> {
    try {
      return await this.#write(session, 'POST', pathOf(resource), json);
    } catch (error) {
      const again = error instanceof ExternalServiceError && error.vendorStatus === 422;
      const known = again ? await this.#own(session, resource, url) : null;
      if (known) return String(known.id);
      throw error;
    }
  }

  async #write(session: VendorSession, method: string, path: string, json: object): Promise<string> {
    const { body } = await this.#call(session, { method, path, json, idempotent: true });
    return String(this.api.shaped(hookSchema, body).id);
  }

  async #own(session: VendorSession, resource: string, url: string): Promise<Hook | null> {
    const path = `${pathOf(resource)}?per_page=${PAGE}`;
    const { body } = await this.#call(session, { method: 'GET', path, idempotent: true });
    return this.api.shaped(z.array(hookSchema), body).find(({ config }) => config.url === url) ?? null;
  }

  #call(session: VendorSession, call: GitHubCall) {
    const { signal } = session;
    return this.api.withSecret(session, (secret) =>
      this.api.call(session.owner, { ...call, token: bearerOf(secret), signal }),
    );
  }
}

const pathOf = (resource: string) => `/repos/${resource}/hooks`;

function isGone(error: unknown): error is ExternalServiceError {
  return error instanceof ExternalServiceError && GONE.has(error.vendorStatus);
}

/** GitHub hides from those who may not change a repository's webhooks that there are any. */
function refusedBy(resource: string, error: unknown): unknown {
  const forbidden = error instanceof ExternalServiceError && error.vendorCode === 'missing_scope';
  if (!forbidden && !isGone(error)) return error;
  return new ExternalServiceError(
    `GitHub does not let this connection change webhooks of ${resource}. Give its token the permission “Webhooks: read and write”, or add the webhook by hand.`,
    {
      provider: 'github',
      kind: 'invalid_request',
      retryable: false,
      outcome: 'rejected',
      vendorCode: 'settings_refused',
    },
    { cause: error },
  );
}
