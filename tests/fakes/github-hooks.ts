import { createHmac, randomUUID } from 'node:crypto';

type Json = Record<string, unknown>;

export interface FakeHook {
  id: number;
  active: boolean;
  events: string[];
  config: { url: string; secret: string; content_type: string; insecure_ssl: string };
}
interface HookInput extends Partial<Omit<FakeHook, 'config'>> {
  name?: string;
  config?: Partial<FakeHook['config']>;
}

/** Webhooks of one repository: kept, shown without their secret, and really sent, signed as GitHub signs. */
export class FakeHooks {
  readonly all = new Map<number, FakeHook>();
  /** Whether the token may change them; GitHub answers 404 where it may not. */
  allowed = true;
  static #nextId = 500;

  constructor(readonly repository: string) {}

  /** @returns null for what GitHub refuses as it is. */
  create({ name, active = true, events = ['push'], config }: HookInput): FakeHook | null {
    const { url, secret, content_type, insecure_ssl } = config ?? {};
    const known = [...this.all.values()].some((hook) => hook.config.url === url);
    if (name !== 'web' || !url || !secret || known) return null;
    FakeHooks.#nextId += 1;
    const hook = {
      ...{ id: FakeHooks.#nextId, active, events: [...events] },
      config: { url, secret, content_type: content_type ?? 'form', insecure_ssl: insecure_ssl ?? '0' },
    };
    this.all.set(hook.id, hook);
    return hook;
  }

  change(hook: FakeHook, { active, events, config }: HookInput): void {
    if (active !== undefined) hook.active = active;
    if (events) hook.events = [...events];
    // What is not given of a config is lost there too.
    if (config) hook.config = { content_type: 'form', insecure_ssl: '0', url: '', secret: '', ...config };
  }

  view({ id, active, events, config }: FakeHook): Json {
    const url = `https://api.github.com/repos/${this.repository}/hooks/${id}`;
    const { secret, ...shown } = config;
    return {
      ...{ type: 'Repository', id, name: 'web', active, events, config: { ...shown, secret: '********' } },
      ...{ updated_at: '2026-01-01T10:00:00Z', created_at: '2026-01-01T10:00:00Z', url },
      ...{ test_url: `${url}/test`, ping_url: `${url}/pings`, deliveries_url: `${url}/deliveries` },
      last_response: { code: null, status: 'unused', message: null },
    };
  }

  /** Sends an event to every webhook that wants it. @param to where an address really lies. @returns the answers' statuses. */
  async deliver(event: string, body: Json, to: (url: string) => string): Promise<number[]> {
    const wanting = [...this.all.values()].filter(
      ({ active, events }) => active && (event === 'ping' || events.includes('*') || events.includes(event)),
    );
    const text = JSON.stringify({ ...body, repository: { full_name: this.repository } });
    return Promise.all(
      wanting.map(async ({ config: { url, secret } }) => {
        const answer = await fetch(to(url), {
          method: 'POST',
          body: text,
          headers: {
            'content-type': 'application/json',
            'x-github-event': event,
            'x-github-delivery': randomUUID(),
            'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
          },
        });
        return answer.status;
      }),
    );
  }
}
