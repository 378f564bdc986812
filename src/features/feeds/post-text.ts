import { shortened } from './plain-text';
import { TEMPLATE_PLACES } from './schema';

export interface ItemWords {
  title: string;
  link: string | null;
  summary: string;
  author: string;
}

const PLACE = new RegExp(`\\{(${TEMPLATE_PLACES.join('|')})\\}`, 'g');

/** Fills the places. Lines whose places are all empty go; other braces stay as they are. */
export function filledTemplate(template: string, item: ItemWords): string {
  const values: Record<string, string> = { ...item, link: item.link ?? '' };
  return template
    .split('\n')
    .flatMap((line) => {
      const places = [...line.matchAll(PLACE)].map((match) => values[match[1] ?? ''] ?? '');
      if (places.length > 0 && places.every((value) => value === '')) return [];
      return [line.replaceAll(PLACE, (_, name: string) => values[name] ?? '')];
    })
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** A title that is shorter than this says too little. */
const TITLE_LEAST = 20;
const ROUNDS = 4;

/**
 * Fills the places, shortening the summary, then the title, until every channel takes the text. What cannot be made to fit stays
 * as long as it is: the networks' rules then say so on the draft.
 * @param excess by how much a text is too long for the strictest channel, as that network counts; 0 or less: it fits.
 */
export async function fittedText(
  template: string,
  item: ItemWords,
  excess: (text: string) => Promise<number>,
): Promise<string> {
  const whole = filledTemplate(template, item);
  let words = item;
  let text = whole;
  for (let round = 0; round < ROUNDS; round += 1) {
    const over = await excess(text);
    if (over <= 0) return text;
    const next = shorter(template, words, over);
    if (!next) break;
    words = next;
    text = filledTemplate(template, words);
  }
  return (await excess(text)) <= 0 ? text : whole;
}

function shorter(template: string, item: ItemWords, over: number): ItemWords | null {
  if (template.includes('{summary}') && item.summary !== '') {
    const left = [...item.summary].length - over - 1;
    return { ...item, summary: left < TITLE_LEAST ? '' : shortened(item.summary, left) };
  }
  const left = [...item.title].length - over - 1;
  if (!template.includes('{title}') || left < TITLE_LEAST) return null;
  return { ...item, title: shortened(item.title, left) };
}

/** What the AI wrote, with the way to the item. */
export function withLink(text: string, link: string | null): string {
  const written = text.trim();
  return !link || written.includes(link) ? written : `${written}\n\n${link}`;
}
