import { styleOf } from '../../prompts/style.data';
import { PHRASES, type PhraseBook } from './phrases.data';
import {
  capitalised,
  clipped,
  extract,
  hashtagOf,
  keyPhrases,
  languageOf,
  picker,
  seeded,
  sentencesOf,
  wordsOf,
} from './words';

/** The sections of a prompt, read back: what the local composer writes from. */
export type Brief = Readonly<Record<string, string>>;

export interface Draft {
  platform: string;
  text: string;
  hashtags: string[];
}

interface Voice {
  book: PhraseBook;
  random: () => number;
  fill(template: string, extra?: Record<string, string>): string;
  facts: string[];
  phrases: string[];
  tags: string[];
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter(Boolean);
}

/** `x: at most 280 characters, …` → `x`. */
export function platformsOf(brief: Brief): string[] {
  return (brief.platforms ?? '')
    .split('\n')
    .map((line) => line.split(':')[0]?.trim() ?? '')
    .filter(Boolean);
}

/** Instructions to a writer ("Write a post about …", "Announce our …") are not facts to publish. */
const ORDERS = [
  /^(please )?(write|create|draft|make|schreib\w*|erstell\w*)\b.{0,40}?\b(about|for|on|über|zu)\b\s*/i,
  /^(please )?(announce|promote|introduce|advertise|mention|share|celebrate|tell (people|everyone) (about|that)|kündige|bewirb)\s+/i,
];

function factsOf(text: string): string[] {
  return sentencesOf(text)
    .map((sentence) => capitalised(ORDERS.reduce((kept, order) => kept.replace(order, ''), sentence).trim()))
    .filter((sentence) => wordsOf(sentence).length > 2);
}

function voiceOf(brief: Brief, seed: string): Voice {
  const source = [brief.brief, brief.goal].filter(Boolean).join('. ');
  const random = seeded(`${seed}\u0000${JSON.stringify(brief)}`);
  const book = PHRASES[languageOf(source, brief.locale)];
  const keywords = listOf(brief.keywords);
  const phrases = [...new Set([...keywords, ...keyPhrases(source)])];
  const topic = phrases[0] ?? 'this';
  const values: Record<string, string> = {
    topic: capitalised(topic),
    second: phrases[1] ?? topic,
    audience: brief.audience || book.audience,
    goal: brief.goal ?? '',
  };
  return {
    book,
    random,
    facts: factsOf(source),
    phrases,
    tags: phrases.map(hashtagOf).filter((tag) => tag.length > 2 && tag.length < 30),
    fill: (template, extra = {}) =>
      template.replaceAll(/\{(\w+)\}/g, (_, name: string) => extra[name] ?? values[name] ?? ''),
  };
}

/** Posts that differ: each variant takes another hook, other facts, another way out. */
export function composePosts(brief: Brief, variants: number): Draft[] {
  const platforms = platformsOf(brief);
  const wanted = platforms.length > 0 ? platforms : [''];
  const voice = voiceOf(brief, 'posts');
  const hook = picker(voice.book.hooks, voice.random);
  const call = picker(voice.book.calls, voice.random);
  const drafts: Draft[] = [];
  for (let variant = 0; variant < variants; variant += 1) {
    for (const platform of wanted) drafts.push(onePost(brief, voice, platform, variant, hook(), call()));
  }
  return drafts;
}

function onePost(
  brief: Brief,
  voice: Voice,
  platform: string,
  variant: number,
  hook: string,
  call: string,
): Draft {
  const style = styleOf(platform);
  const facts = rotated(voice.facts, variant);
  const link = brief.url ? `\n${brief.url}` : '';
  const ending = style.maxCharacters >= 600 ? pickOne(voice.book.questions, voice) : voice.fill(call);
  const room = style.maxCharacters - link.length;
  const gap = style.maxCharacters > 300 ? '\n\n' : ' ';
  const parts = [voice.fill(hook)];
  if (style.maxCharacters > 500) parts.push(voice.fill(pickOne(voice.book.bridges, voice)));
  for (const fact of facts) {
    if ([...parts, fact, ending].join(gap).length > room) break;
    parts.push(fact);
  }
  if (parts.length === 1 && facts[0]) parts.push(clipped(facts[0], Math.max(40, room - hook.length - 20)));
  if ([...parts, ending].join(gap).length <= room) parts.push(ending);
  return {
    platform,
    text: `${clipped(parts.join(gap), room)}${link}`,
    hashtags: rotated(voice.tags, variant).slice(0, style.hashtags),
  };
}

export function composeThread(brief: Brief, posts: number): string[] {
  const voice = voiceOf(brief, 'thread');
  const style = styleOf(platformsOf(brief)[0]);
  const points = voice.facts.length > 0 ? voice.facts : voice.phrases.map(capitalised);
  const call = voice.fill(pickOne(voice.book.calls, voice));
  const texts = [voice.fill(pickOne(voice.book.threadOpen, voice), { count: String(posts) })];
  for (let index = 0; index < posts - 2; index += 1) {
    const point = points[index % Math.max(1, points.length)] ?? '';
    const phrase = voice.phrases[index % Math.max(1, voice.phrases.length)] ?? '';
    const again =
      index >= points.length ? `${capitalised(phrase)}: ${pickOne(voice.book.questions, voice)} ` : '';
    texts.push(`${again}${point}`);
  }
  texts.push(voice.fill(pickOne(voice.book.threadClose, voice), { call }));
  return texts
    .slice(0, posts)
    .map((text, index) => clipped(`${index + 1}/${posts} ${text}`, style.maxCharacters));
}

export function composeArticle(brief: Brief): string {
  const voice = voiceOf(brief, 'article');
  const maxWords = Number(brief.max_words ?? 600);
  const call = voice.fill(pickOne(voice.book.calls, voice));
  const sections = [
    `# ${voice.fill('{topic}')}`,
    voice.fill(pickOne(voice.book.intro, voice)),
    ...voice.book.headings.flatMap((heading, index) => {
      const facts = voice.facts.filter((_, place) => place % voice.book.headings.length === index);
      const phrase = voice.phrases[index % Math.max(1, voice.phrases.length)] ?? '';
      const bridge = voice.fill(pickOne(voice.book.bridges, voice));
      const body =
        facts.length > 0
          ? facts.join(' ')
          : `${capitalised(phrase)}. ${pickOne(voice.book.questions, voice)}`;
      return [`## ${voice.fill(heading)}`, `${bridge} ${body}`];
    }),
    voice.fill(pickOne(voice.book.closing, voice), { call }),
  ];
  return limitedWords(sections, maxWords);
}

function limitedWords(sections: readonly string[], maxWords: number): string {
  const kept: string[] = [];
  let words = 0;
  for (const section of sections) {
    words += wordsOf(section).length;
    if (words > maxWords && kept.length > 1) break;
    kept.push(section);
  }
  return kept.join('\n\n');
}

export function composeReply(brief: Brief, variants: number): Draft[] {
  const message = brief.outside_text ?? brief.brief ?? '';
  const voice = voiceOf({ ...brief, brief: message }, 'reply');
  const mood = /\?/.test(message) ? 'answer' : isUnhappy(message) ? 'sorry' : 'thanks';
  const detail = brief.instruction ? capitalised(brief.instruction.replace(/[.!]*$/, '.')) : '';
  const next = picker(voice.book.replies[mood], voice.random);
  return Array.from({ length: variants }, () => ({
    platform: platformsOf(brief)[0] ?? '',
    text: voice.fill(next(), { detail }).trim(),
    hashtags: [],
  }));
}

function isUnhappy(text: string): boolean {
  return /\b(bad|broken|disappoint\w*|late|never|not|problem|refund|terrible|worst|wrong|schlecht|kaputt|nie|enttäuscht)\b/i.test(
    text,
  );
}

export function composeHashtags(brief: Brief): string[] {
  const voice = voiceOf(brief, 'tags');
  const singles = voice.phrases.flatMap((phrase) => wordsOf(phrase)).map(hashtagOf);
  return [...new Set([...voice.tags, ...singles])]
    .filter((tag) => tag.length > 2)
    .slice(0, Number(brief.count ?? 10));
}

export function composeSummary(text: string): string {
  const sentences = sentencesOf(text).length;
  return extract(text, Math.max(1, Math.min(5, Math.ceil(sentences / 4)))).join(' ');
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function pickOne(items: readonly string[], voice: Voice): string {
  return items[Math.floor(voice.random() * items.length)] ?? '';
}
