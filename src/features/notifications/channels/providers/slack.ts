import 'server-only';
import { type ExternalErrorClass, ExternalServiceError } from '@/core/errors';
import type { CardWords } from '../card';
import type { ChatAnswer, ChatHttp } from './call';
import { parsedObject, post, refusal } from './call';
import { slackMessage } from './slack-blocks';
import type { ChatSender, Outgoing, Sent } from './types';

const PROVIDER = 'slack';
const EVENT_TYPE = 'irisync_notice';
/** How far back of our own clock an earlier try is looked for. */
const LOOK_BACK_SECONDS = 60;

interface Meaning {
  kind: ExternalErrorClass;
  retryable: boolean;
  advice?: string;
}

const gone: Meaning = {
  kind: 'auth_expired',
  retryable: false,
  advice: 'Enter a new token or address.',
};
const outage: Meaning = { kind: 'unavailable', retryable: true };
/** Slack's words, of both ways. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const MEANINGS: Record<string, Meaning> = {
  invalid_auth: gone,
  not_authed: gone,
  account_inactive: gone,
  token_revoked: gone,
  token_expired: gone,
  no_service: gone,
  no_service_id: gone,
  invalid_token: gone,
  no_team: gone,
  team_disabled: gone,
  not_in_channel: { kind: 'invalid_request', retryable: false, advice: 'Invite the app to the channel.' },
  channel_not_found: {
    kind: 'invalid_request',
    retryable: false,
    advice: 'Check the channel, and invite the app to it if it is private.',
  },
  is_archived: { kind: 'invalid_request', retryable: false, advice: 'The channel is archived.' },
  channel_is_archived: { kind: 'invalid_request', retryable: false, advice: 'The channel is archived.' },
  missing_scope: { kind: 'invalid_request', retryable: false, advice: 'Give the app the scope chat:write.' },
  ratelimited: { kind: 'rate_limit', retryable: true },
  rate_limited: { kind: 'rate_limit', retryable: true },
  message_limit_exceeded: { kind: 'quota', retryable: false },
  internal_error: outage,
  fatal_error: outage,
  service_unavailable: outage,
  request_timeout: outage,
  rollup_error: outage,
};

function failureOf(answer: ChatAnswer, code: string, now: Date): ExternalServiceError {
  const meaning = MEANINGS[code];
  // A code we do not know in an answer of 200 is a no that trying again does not change.
  const own: Partial<Meaning> =
    meaning ?? (answer.status < 300 ? { kind: 'invalid_request', retryable: false } : {});
  return refusal(PROVIDER, 'Slack', answer, code, { ...own, now, vendorCode: code.slice(0, 60) });
}

/** An incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export class SlackWebhookSender implements ChatSender {
  constructor(
    readonly http: ChatHttp,
    readonly words: CardWords,
  ) {}

  async send({ target, card }: Outgoing): Promise<Sent> {
    if (target.secret.kind !== 'slack_webhook') throw new Error('This is no webhook of Slack.');
    const answer = await post(this.http, {
      provider: PROVIDER,
      url: target.secret.url,
      json: slackMessage(card, (count) => this.words('more', { count })),
    });
    const said = answer.text.trim();
    if (answer.status === 200 && said === 'ok')
      return { certainty: 'delivered', status: 200, said, vendorId: null };
    if (answer.status === 200) throw strange(answer);
    throw failureOf(answer, said, this.http.now());
  }
}

/** A bot's token and a channel: https://docs.slack.dev/reference/methods/chat.postMessage */
export class SlackBotSender implements ChatSender {
  constructor(
    readonly http: ChatHttp,
    readonly words: CardWords,
    readonly baseUrl = 'https://slack.com',
  ) {}

  async send(out: Outgoing): Promise<Sent> {
    const { text, blocks } = slackMessage(out.card, (count) => this.words('more', { count }));
    const answer = await this.#call('chat.postMessage', out, {
      json: {
        channel: out.target.slackChannel,
        text,
        blocks,
        unfurl_links: false,
        // Lets us find it again when the answer is lost: https://docs.slack.dev/messaging/message-metadata
        metadata: { event_type: EVENT_TYPE, event_payload: { message_id: out.messageId } },
      },
    });
    const ts = answer.body.ts;
    return {
      certainty: 'delivered',
      status: answer.status,
      said: 'ok',
      vendorId: typeof ts === 'string' ? ts : null,
    };
  }

  /** Needs the scope channels:history (groups:history for a private channel) and the channel by its id. */
  async find(out: Outgoing, since: Date): Promise<{ vendorId: string } | null | 'unknown'> {
    const oldest = String(Math.floor(since.getTime() / 1000) - LOOK_BACK_SECONDS);
    try {
      // Methods that read take a form: https://docs.slack.dev/reference/methods/conversations.history
      const channel = out.target.slackChannel ?? '';
      const { body } = await this.#call('conversations.history', out, {
        form: { channel, oldest, limit: '200', include_all_metadata: 'true' },
      });
      const messages = Array.isArray(body.messages) ? (body.messages as unknown[]) : [];
      const found = messages.find((one) => messageIdOf(one) === out.messageId) as
        | { ts?: unknown }
        | undefined;
      if (found) return { vendorId: String(found.ts) };
      return body.has_more === true ? 'unknown' : null;
    } catch (error) {
      // Not allowed to look: that is an answer, too.
      if (error instanceof ExternalServiceError && error.outcome === 'rejected' && !error.retryable)
        return 'unknown';
      throw error;
    }
  }

  async #call(
    method: string,
    { target }: Outgoing,
    payload: { json: Record<string, unknown> } | { form: Record<string, string> },
  ) {
    if (target.secret.kind !== 'slack_bot') throw new Error('This is no bot of Slack.');
    const answer = await post(this.http, {
      provider: PROVIDER,
      url: `${this.baseUrl.replace(/\/$/, '')}/api/${method}`,
      ...payload,
      token: target.secret.token,
    });
    const parsed = parsedObject(answer.text);
    if (answer.status === 200 && parsed?.ok === true) return { status: answer.status, body: parsed };
    if (answer.status === 200 && parsed?.ok !== false) throw strange(answer);
    const code = typeof parsed?.error === 'string' ? parsed.error : '';
    throw failureOf(answer, code, this.http.now());
  }
}

function messageIdOf(message: unknown): string | undefined {
  const { metadata } = message as {
    metadata?: { event_type?: string; event_payload?: { message_id?: string } };
  };
  return metadata?.event_type === EVENT_TYPE ? metadata.event_payload?.message_id : undefined;
}

/** 200, and yet not what Slack says when it took a message: it may well have. */
function strange(answer: ChatAnswer): ExternalServiceError {
  return new ExternalServiceError('Slack answered 200 in an unexpected shape.', {
    provider: PROVIDER,
    kind: 'unavailable',
    retryable: true,
    outcome: 'unknown',
    vendorStatus: answer.status,
    vendorCode: 'unexpected_shape',
  });
}
