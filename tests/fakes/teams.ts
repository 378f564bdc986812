import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  type NetworkFault,
} from './platforms/server';

interface Inline {
  text: string;
}
interface Element {
  type: string;
  inlines?: Inline[];
}

/** A workflow of Microsoft Teams, which takes a card and says nothing about what it does with it. */
export class FakeTeams extends FakeNetwork {
  readonly cards: { texts: string[]; at: Date }[] = [];
  /** The workflow was deleted, or its address renewed. */
  gone = false;

  get workflow(): string {
    return `${this.url}/workflows/0a1b2c/triggers/manual/paths/invoke?api-version=2016-06-01&sig=SecretOfTheFlow77`;
  }

  posts(): [] {
    return [];
  }

  titles(): string[] {
    return this.cards.map(({ texts }) => texts[0] ?? '');
  }

  protected pointOf(): FaultPoint {
    return 'commit';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'rate_limit')
      return {
        status: 429,
        headers: { 'retry-after': String(fault.retryAfterSeconds ?? 1) },
        body: said('WorkflowTriggerThrottled', 'The request rate is too high.'),
      };
    if (kind === 'server_error')
      return { status: 502, body: said('NoResponse', 'The server did not respond.') };
    return {
      status: 401,
      body: said('DirectApiAuthorizationRequired', 'The request must be authenticated.'),
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    if (this.gone) return { status: 404, body: said('WorkflowNotFound', 'The workflow could not be found.') };
    if (request.query.get('sig') !== 'SecretOfTheFlow77')
      return { status: 401, body: said('SignatureMismatch', 'The signature does not match.') };
    if (request.bytes.length > 28 * 1024)
      return { status: 413, body: said('RequestEntityTooLarge', 'The message is too large.') };
    const body = request.json<{
      type?: string;
      attachments?: { contentType?: string; content?: { body?: Element[] } }[];
    }>();
    const [attachment] = body.attachments ?? [];
    const adaptive = attachment?.contentType === 'application/vnd.microsoft.card.adaptive';
    if (body.type !== 'message' || !adaptive)
      return { status: 400, body: said('InvalidRequestContent', 'The request content is not valid.') };
    const texts = (attachment.content?.body ?? []).flatMap(
      ({ inlines }) => inlines?.map(({ text }) => text) ?? [],
    );
    this.cards.push({ texts, at: this.clock.now() });
    return { status: 202, raw: '' };
  }
}

function said(code: string, message: string) {
  return { error: { code, message } };
}
