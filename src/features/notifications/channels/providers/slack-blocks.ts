import type { ChatCard, ChatSection } from '../card';

/** Slack's limits: https://docs.slack.dev/reference/block-kit/blocks */
export const MAX_BLOCKS = 50;
const HEADER_LENGTH = 150;
const SECTION_LENGTH = 3_000;
const CONTEXT_LENGTH = 2_000;
const FALLBACK_LENGTH = 3_000;
/** Header, how many more, and the foot. */
const FRAME_BLOCKS = 3;

export interface SlackMessage {
  /** For notifications and screen readers. */
  text: string;
  blocks: Record<string, unknown>[];
}

/** Text in Slack's own markup: these three would begin links, mentions and `<!channel>` (https://docs.slack.dev/messaging/formatting-message-text). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Cut before it is escaped, so that no escape is cut in two; an escape takes up to five characters. */
function escapedTo(text: string, most: number): string {
  let kept = [...text];
  while (escaped(kept.join('')).length > most) kept = kept.slice(0, Math.floor(kept.length * 0.9));
  const cut = kept.join('');
  return cut.length < text.length ? `${escaped(cut.slice(0, -1))}…` : escaped(cut);
}

function plain(text: string, most: number): string {
  // Never in the middle of a character.
  return text.length > most ? `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}

/** @param moreWords says how many were left out. */
export function slackMessage(card: ChatCard, moreWords: (count: number) => string): SlackMessage {
  const room = MAX_BLOCKS - FRAME_BLOCKS;
  const shown = card.sections.slice(0, room);
  const left = card.sections.length - shown.length;
  const more = left > 0 ? moreWords(left) : card.more;
  return {
    text: escapedTo(card.title, FALLBACK_LENGTH),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: plain(card.title, HEADER_LENGTH), emoji: false } },
      ...shown.map((section) => sectionBlock(section, card.open)),
      ...[more, card.footer].flatMap((text) =>
        text
          ? [{ type: 'context', elements: [{ type: 'mrkdwn', text: escapedTo(text, CONTEXT_LENGTH) }] }]
          : [],
      ),
    ],
  };
}

function sectionBlock({ heading, body, url }: ChatSection, open: string): Record<string, unknown> {
  const link = url ? `\n<${url.replaceAll('|', '%7C').replaceAll('>', '%3E')}|${escaped(open)}>` : '';
  const head = heading ? `*${escapedTo(heading.replaceAll('*', '∗'), 300)}*\n` : '';
  const text = `${head}${escapedTo(body, SECTION_LENGTH - head.length - link.length)}${link}`;
  return { type: 'section', text: { type: 'mrkdwn', text } };
}
