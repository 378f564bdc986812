import type { Severity } from './events.data';
import type { ItemState, MessageItem } from './schema';

/** A message before it takes a vendor's form. */
export interface ChatCard {
  title: string;
  sections: ChatSection[];
  /** How many more there are, in words. */
  more: string | null;
  footer: string | null;
  /** Label of the links. */
  open: string;
}

export interface ChatSection {
  /** Null where the card's title says it. */
  heading: string | null;
  body: string;
  url: string | null;
}

export type CardWords = (key: string, values?: Record<string, string | number | Date>) => string;

interface CardFacts {
  words: CardWords;
  appUrl: string;
  organization: string;
  /** An earlier try may have arrived, and the vendor gives no way to tell. */
  repeated: boolean;
}

/** An incident that began and ended within one message is told as what it is now. */
export function foldItems(items: readonly MessageItem[]): MessageItem[] {
  return [...new Map(items.map((item) => [item.incidentId, item])).values()];
}

export function incidentCard(item: MessageItem, facts: CardFacts): ChatCard {
  const { words } = facts;
  return {
    title: titleOf(item, words),
    sections: [{ ...sectionOf(item, facts), heading: null }],
    more: null,
    footer: footerOf([words(`severity.${toneOf(item)}`)], facts),
    open: words('open'),
  };
}

/** @param omitted items beyond those given. */
export function digestCard(items: readonly MessageItem[], omitted: number, facts: CardFacts): ChatCard {
  const { words } = facts;
  const folded = foldItems(items);
  const total = folded.length + omitted;
  const [only] = folded;
  if (only && total === 1) return incidentCard(only, facts);
  return {
    title: words('digest', { count: total }),
    sections: folded.map((item) => sectionOf(item, facts)),
    more: omitted > 0 ? words('more', { count: omitted }) : null,
    footer: footerOf([], facts),
    open: words('open'),
  };
}

export function testCard(facts: CardFacts): ChatCard {
  const { words, appUrl } = facts;
  return {
    title: words('test.title'),
    sections: [
      { heading: null, body: words('test.body'), url: new URL('/organization/notifications', appUrl).href },
    ],
    more: null,
    footer: footerOf([], facts),
    open: words('open'),
  };
}

function sectionOf(item: MessageItem, { words, appUrl }: CardFacts): ChatSection {
  const body =
    item.state === 'recovered' ? words('settledBody') : words(`events.${item.event}.body`, item.data);
  return {
    heading: titleOf(item, words),
    body,
    url: item.href ? new URL(item.href, appUrl).href : null,
  };
}

function titleOf({ event, state, data }: MessageItem, words: CardWords): string {
  const title = words(`events.${event}.title`, data);
  return state === 'recovered' ? words('settled', { title }) : title;
}

function toneOf({ state, severity }: { state: ItemState; severity: Severity }): Severity | 'settled' {
  return state === 'recovered' ? 'settled' : severity;
}

function footerOf(parts: string[], { words, organization, repeated }: CardFacts): string {
  return [...parts, organization, ...(repeated ? [words('repeated')] : [])].join(' · ');
}
