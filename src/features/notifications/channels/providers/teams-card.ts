import type { ChatCard } from '../card';

/** The whole message, as Teams counts it: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using */
export const MAX_BYTES = 28 * 1024;
const BODY_LENGTH = 2_000;
const TITLE_LENGTH = 300;

const bytesOf = (message: unknown) => Buffer.byteLength(JSON.stringify(message));
/** Never in the middle of a character. */
const cut = (text: string, most: number) =>
  text.length > most ? `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : text;

/**
 * An adaptive card of at most 28 KB: sections that do not fit are counted instead.
 * Text goes into runs, which know no markdown: what a post or a vendor says cannot become a link.
 * @param moreWords says how many were left out.
 */
export function teamsMessage(card: ChatCard, moreWords: (count: number) => string): Record<string, unknown> {
  for (let kept = card.sections.length; ; kept -= 1) {
    const left = card.sections.length - kept;
    const message = build({
      ...card,
      sections: card.sections.slice(0, kept),
      more: left > 0 ? moreWords(left) : card.more,
    });
    if (kept === 0 || bytesOf(message) <= MAX_BYTES) return message;
  }
}

function build(card: ChatCard): Record<string, unknown> {
  const body = [
    rich(cut(card.title, TITLE_LENGTH), { size: 'Large', weight: 'Bolder' }),
    ...card.sections.flatMap(({ heading, body: text, url }) => [
      ...(heading ? [{ ...rich(cut(heading, TITLE_LENGTH), { weight: 'Bolder' }), separator: true }] : []),
      rich(cut(text, BODY_LENGTH)),
      ...(url ? [{ type: 'ActionSet', actions: [{ type: 'Action.OpenUrl', title: card.open, url }] }] : []),
    ]),
    ...[card.more, card.footer].flatMap((text) =>
      text ? [rich(cut(text, BODY_LENGTH), { isSubtle: true, size: 'Small' })] : [],
    ),
  ];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: cut(card.title, TITLE_LENGTH),
          msteams: { width: 'Full' },
          body,
        },
      },
    ],
  };
}

function rich(text: string, style: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text, ...style }] };
}
