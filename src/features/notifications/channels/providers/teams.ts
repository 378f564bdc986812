import 'server-only';
import type { CardWords } from '../card';
import { type ChatAnswer, type ChatHttp, parsedObject, post, refusal } from './call';
import { teamsMessage } from './teams-card';
import type { ChatSender, Outgoing, Sent } from './types';

const PROVIDER = 'teams';

/**
 * A workflow of Microsoft Teams that begins with "When a Teams webhook request is received"
 * (https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook). It answers 202
 * before it does anything, and offers no way to ask what became of a message, nor to tell it that one comes twice.
 */
export class TeamsSender implements ChatSender {
  constructor(
    readonly http: ChatHttp,
    readonly words: CardWords,
  ) {}

  async send({ target, card }: Outgoing): Promise<Sent> {
    if (target.secret.kind !== 'teams') throw new Error('This is no workflow of Teams.');
    const answer = await post(this.http, {
      provider: PROVIDER,
      url: target.secret.url,
      json: teamsMessage(card, (count) => this.words('more', { count })),
    });
    const { status } = answer;
    if (status >= 200 && status < 300)
      return { certainty: 'accepted', status, said: answer.text.trim().slice(0, 300), vendorId: null };
    const gone = status === 401 || status === 403 || status === 404 || status === 410;
    throw refusal(PROVIDER, 'Teams', answer, wordsOf(answer), {
      now: this.http.now(),
      ...(gone ? { advice: 'Check the workflow, or enter its new address.' } : {}),
    });
  }
}

/** Workflows answer `{error: {code, message}}`. */
function wordsOf({ text }: ChatAnswer): string {
  const error = parsedObject(text)?.error;
  if (typeof error !== 'object' || error === null) return text.slice(0, 300).trim();
  const { code, message } = error as { code?: unknown; message?: unknown };
  return [code, message]
    .filter((part): part is string => typeof part === 'string')
    .join(': ')
    .replace(/\.$/, '');
}
