import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import type { Clock } from '@/core/time/clock';
import { CONTRACTS_DIR } from './ai/contract';
import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  type NetworkFault,
} from './platforms/server';

interface Block {
  type: string;
  text?: { text: string };
  elements?: { text: string }[];
}

export interface SlackPosted {
  /** `webhook`, or the channel a bot posted to. */
  channel: string;
  ts: string;
  text: string;
  blocks: Block[];
  metadata: unknown;
  at: Date;
}

interface PostBody {
  channel?: string;
  text?: string;
  blocks?: Block[];
  metadata?: unknown;
}

/** Newer than the description Slack archived in 2021. */
const NEWER_PARAMETERS = new Set(['metadata']);

/** Slack as far as posting goes: incoming webhooks, `chat.postMessage` and `conversations.history`, strict about sizes and pace. */
export class FakeSlackChat extends FakeNetwork {
  readonly token = 'xoxb-1111-2222-fake-token-of-ours';
  readonly channel = 'C0123456789';
  scopes = new Set(['chat:write', 'channels:history']);
  /** What a refusal says: an error of the Web API, or the text of a webhook. */
  refusesWith = 'channel_not_found';
  revoked = false;
  readonly posted: SlackPosted[] = [];
  /** What went wrong about the calls themselves. */
  readonly faultsFound: string[] = [];
  readonly #contract = new SlackContract();
  #count = 0;

  get webhook(): string {
    return `${this.url}/services/T0001/B0002/SecretOfTheHook42`;
  }

  /** Undefined when calls are held against Slack's description; else what is missing. */
  get unvalidated(): string | undefined {
    return this.#contract.missing;
  }

  constructor(clock: Clock) {
    super(clock);
  }

  posts(): [] {
    return [];
  }

  /** Titles in the order they came. */
  titles(): string[] {
    return this.posted.map(({ blocks }) => blocks[0]?.text?.text ?? '');
  }

  protected pointOf({ path: at }: FakeRequest): FaultPoint {
    return at.endsWith('conversations.history') ? 'read' : 'commit';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'rate_limit')
      return {
        status: 429,
        headers: { 'retry-after': String(fault.retryAfterSeconds ?? 1) },
        body: { ok: false, error: 'ratelimited' },
      };
    if (kind === 'server_error') return { status: 500, raw: 'internal error' };
    return { status: 200, body: { ok: false, error: kind === 'reject' ? this.refusesWith : 'invalid_auth' } };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    if (request.path.startsWith('/services/')) return this.#hook(request);
    const refusal = this.#authFault(request);
    if (refusal) return { status: 200, body: { ok: false, error: refusal } };
    if (request.path === '/api/chat.postMessage') return this.#postMessage(request);
    if (request.path === '/api/conversations.history') return this.#history(request);
    return { status: 200, body: { ok: false, error: 'unknown_method' } };
  }

  #hook(request: FakeRequest): FakeAnswer {
    if (this.revoked) return { status: 404, raw: 'no_service', headers: { 'content-type': 'text/html' } };
    const body = request.json<PostBody>();
    const fault = faultOf(body);
    if (fault) return { status: 400, raw: 'invalid_blocks' };
    this.#take('webhook', body);
    return { status: 200, raw: 'ok', headers: { 'content-type': 'text/html' } };
  }

  #postMessage(request: FakeRequest): FakeAnswer {
    if (!this.scopes.has('chat:write')) return this.#said({ ok: false, error: 'missing_scope' });
    const body = request.json<PostBody>();
    this.faultsFound.push(...this.#contract.request(body));
    if (body.channel !== this.channel) return this.#said({ ok: false, error: 'channel_not_found' });
    if (faultOf(body)) return { status: 200, body: { ok: false, error: 'invalid_blocks' } };
    const { ts, text } = this.#take(this.channel, body);
    return this.#said({
      ok: true,
      channel: this.channel,
      ts,
      message: {
        type: 'message',
        subtype: 'bot_message',
        text,
        ts,
        username: 'irisync',
        bot_id: 'B19LU7CSY',
      },
    });
  }

  #history(request: FakeRequest): FakeAnswer {
    if (!this.scopes.has('channels:history'))
      return { status: 200, body: { ok: false, error: 'missing_scope', needed: 'channels:history' } };
    // Reading takes a form; of JSON it sees nothing.
    const { channel, oldest = '0', include_all_metadata: all } = request.form();
    if (channel !== this.channel) return { status: 200, body: { ok: false, error: 'channel_not_found' } };
    const messages = this.posted
      .filter((one) => one.channel === channel && Number(one.ts) > Number(oldest))
      .map(({ ts, text, metadata }) => ({
        type: 'message',
        ts,
        text,
        ...(all === 'true' && metadata ? { metadata } : {}),
      }));
    return { status: 200, body: { ok: true, messages: messages.reverse(), has_more: false } };
  }

  #take(channel: string, { text = '', blocks = [], metadata }: PostBody): SlackPosted {
    this.#count += 1;
    const at = this.clock.now();
    const ts = `${Math.floor(at.getTime() / 1000)}.${String(this.#count).padStart(6, '0')}`;
    const posted = { channel, ts, text, blocks, metadata, at };
    this.posted.push(posted);
    return posted;
  }

  #said(body: Record<string, unknown>): FakeAnswer {
    this.faultsFound.push(...this.#contract.response(body));
    return { status: 200, body };
  }

  #authFault({ headers }: FakeRequest): string | null {
    if (this.revoked) return 'token_revoked';
    return headers.get('authorization') === `Bearer ${this.token}` ? null : 'invalid_auth';
  }
}

/** https://docs.slack.dev/reference/block-kit/blocks */
function faultOf({ text, blocks = [] }: PostBody): string | null {
  if (!text) return 'no_text';
  if (blocks.length > 50) return 'too many blocks';
  for (const { type, text: inner, elements } of blocks) {
    const length = inner?.text.length ?? elements?.[0]?.text.length ?? 0;
    const most = type === 'header' ? 150 : type === 'section' ? 3_000 : 2_000;
    if (length === 0 || length > most) return `${type} of ${length}`;
  }
  return null;
}

/** Slack's own description of the Web API (Swagger 2), where the folder is there. */
class SlackContract {
  readonly missing: string | undefined;
  readonly #parameters = new Set<string>();
  readonly #answers = new Map<boolean, ValidateFunction>();

  constructor() {
    const file = path.join(CONTRACTS_DIR, 'slack', 'web-api.json');
    if (!existsSync(file)) {
      this.missing = `no Slack description in ${CONTRACTS_DIR}: its fake is not validated`;
      return;
    }
    const document = JSON.parse(readFileSync(file, 'utf8')) as {
      paths: Record<string, { post: { parameters: { name: string }[] } }>;
    };
    const ajv = new Ajv({ strict: false, validateSchema: false, validateFormats: false, logger: false });
    ajv.addSchema(document, 'slack');
    const at = 'slack#/paths/~1chat.postMessage/post/responses';
    this.#answers.set(true, ajv.compile({ $ref: `${at}/200/schema` }));
    this.#answers.set(false, ajv.compile({ $ref: `${at}/default/schema` }));
    for (const { name } of document.paths['/chat.postMessage']?.post.parameters ?? [])
      this.#parameters.add(name);
  }

  request(body: object): string[] {
    if (this.missing) return [];
    const unknown = Object.keys(body).filter(
      (name) => !this.#parameters.has(name) && !NEWER_PARAMETERS.has(name),
    );
    return unknown.map((name) => `chat.postMessage has no parameter ${name}`);
  }

  response(body: Record<string, unknown>): string[] {
    const validate = this.#answers.get(body.ok === true);
    if (!validate || validate(body)) return [];
    // The description lists the errors of 2021; today there are more.
    const faults = (validate.errors ?? []).filter(({ instancePath }) => instancePath !== '/error');
    return faults.map(({ instancePath, message }) => `chat.postMessage: ${instancePath} ${message}`);
  }
}
