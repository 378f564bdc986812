import { styleOf } from '../../prompts/style.data';
import { type Brief, type Draft, platformsOf } from './compose';
import { GLOSSARY } from './phrases.data';
import {
  capitalised,
  clipped,
  extract,
  hashtagOf,
  keyPhrases,
  picker,
  seeded,
  sentencesOf,
  wordsOf,
} from './words';

const FILLERS =
  /\b(very|really|just|actually|basically|literally|simply|quite|in order|at this point in time|eigentlich|wirklich|einfach nur)\b\s*/gi;

const CONTRACTIONS: readonly [RegExp, string][] = [
  [/\b(\w+)n't\b/gi, '$1 not'],
  [/\b(I|you|we|they)'re\b/gi, '$1 are'],
  [/\b(\w+)'ll\b/gi, '$1 will'],
  [/\b(I|you|we|they)'ve\b/gi, '$1 have'],
  [/\bit's\b/gi, 'it is'],
];

/** Rewrites by rule: what the instruction names, else tighter sentences. Facts, names, figures and links stay. */
export function reviseText(brief: Brief, variants: number): Draft[] {
  const source = brief.brief ?? '';
  const instruction = (brief.instruction ?? '').toLowerCase();
  const platforms = platformsOf(brief);
  const random = seeded(`revise${source}${instruction}`);
  const opening = picker(['', `${capitalised(keyPhrases(source, 1)[0] ?? 'News')}: `, 'In short: '], random);
  return Array.from({ length: variants }, (_, variant) =>
    (platforms.length > 0 ? platforms : ['']).map((platform) => {
      const limit = platform ? styleOf(platform).maxCharacters : Number.POSITIVE_INFINITY;
      const text = revised(source, instruction, variant);
      const led = variant === 0 ? text : `${opening()}${text}`;
      return {
        platform,
        text: Number.isFinite(limit) ? clipped(led, limit) : led,
        hashtags: keyPhrases(source, 3)
          .map(hashtagOf)
          .slice(0, platform ? styleOf(platform).hashtags : 0),
      };
    }),
  ).flat();
}

function revised(source: string, instruction: string, variant: number): string {
  const tight = source.replaceAll(FILLERS, '').replaceAll(/ {2,}/g, ' ').trim();
  if (/short|concise|kürz|knapp/.test(instruction)) {
    const half = Math.max(1, Math.ceil(sentencesOf(tight).length / 2));
    return extract(tight, half).join(' ') || tight;
  }
  if (/formal|professional|förmlich/.test(instruction)) {
    return CONTRACTIONS.reduce((text, [from, to]) => text.replaceAll(from, to), tight).replaceAll(/!+/g, '.');
  }
  if (/list|bullet|punkte/.test(instruction))
    return sentencesOf(tight)
      .map((line) => `• ${line}`)
      .join('\n');
  if (/friend|casual|warm|locker|freundlich/.test(instruction)) return `Hey! ${tight.replace(/\.$/, '!')}`;
  const sentences = sentencesOf(tight).map(capitalised);
  const first = sentences.findIndex((sentence) => /\d/.test(sentence));
  // A figure makes the strongest opening, so the second variant leads with it.
  if (variant > 0 && first > 0) sentences.unshift(...sentences.splice(first, 1));
  return sentences.join(' ');
}

/** Word for word from a small glossary; unknown words stay, and the note says what this is. */
export function glossaryTranslation(text: string, locale: string): string {
  const words = GLOSSARY[locale.split('-')[0] ?? ''];
  if (!words) return `[${locale}: no sandbox glossary] ${text}`;
  const translated = text.replaceAll(/[\p{L}']+/gu, (word) => {
    const hit = words[word.toLowerCase()];
    if (!hit) return word;
    return /^\p{Lu}/u.test(word) ? capitalised(hit) : hit;
  });
  return `[${locale}, sandbox glossary] ${translated}`;
}

export interface Rating {
  score: number;
  reason: string;
}

/** Rates a text by what usually helps it: length, figures, a question or a call, readable sentences. */
export function rate(text: string): Rating {
  const words = wordsOf(text);
  const sentences = Math.max(1, sentencesOf(text).length);
  const strengths: string[] = [];
  const gaps: string[] = [];
  let score = 40;
  const judge = (points: number, good: boolean, strength: string, gap: string) => {
    if (good) {
      score += points;
      strengths.push(strength);
    } else gaps.push(gap);
  };
  judge(12, /\d/.test(text), 'names a figure', 'name a figure or a date');
  judge(12, /\?/.test(text), 'asks a question', 'ask a question');
  judge(14, hasCall(text), 'says what to do next', 'say what to do next');
  judge(12, words.length / sentences <= 18, 'short sentences', 'shorten the sentences');
  judge(
    10,
    words.length >= 8 && words.length <= 120,
    'a good length',
    words.length < 8 ? 'say more' : 'say less',
  );
  const parts = [
    strengths.length > 0 ? `Works: ${strengths.join(', ')}.` : '',
    gaps.length > 0 ? `Better: ${gaps.join(', ')}.` : '',
  ];
  return { score: Math.min(100, score), reason: parts.filter(Boolean).join(' ') };
}

function hasCall(text: string): boolean {
  return /\b(join|try|see|read|sign up|book|get|tell us|share|visit|save|buy|mach mit|schau|lies|probier|melde)\b/i.test(
    text,
  );
}

export interface Advice {
  kind: 'clarity' | 'hook' | 'length' | 'tone' | 'call_to_action' | 'hashtags';
  severity: 'info' | 'warning' | 'error';
  quote: string;
  message: string;
  replacement: string;
}

/** What to change in a text, each with the passage it is about. */
export function advise(text: string, platforms: readonly string[]): Advice[] {
  const advice: Advice[] = [];
  for (const match of text.matchAll(FILLERS)) {
    const quote = match[0].trim();
    advice.push({
      kind: 'clarity',
      severity: 'info',
      quote,
      message: `"${quote}" adds nothing.`,
      replacement: '',
    });
  }
  for (const sentence of sentencesOf(text)) {
    if (wordsOf(sentence).length <= 25) continue;
    const [first = sentence] = sentence.split(/,\s|;\s| and | und /);
    advice.push({
      kind: 'clarity',
      severity: 'warning',
      quote: sentence,
      message: 'This sentence is hard to read on a phone. Split it.',
      replacement: `${first.replace(/[.!?]*$/, '')}.`,
    });
  }
  for (const platform of platforms) {
    const { name, maxCharacters } = styleOf(platform);
    if (text.length <= maxCharacters) continue;
    advice.push({
      kind: 'length',
      severity: 'error',
      quote: text,
      message: `${name} takes ${maxCharacters} characters; this is ${text.length}.`,
      replacement: clipped(text, maxCharacters),
    });
  }
  const last = sentencesOf(text).at(-1) ?? text;
  if (!hasCall(text))
    advice.push({
      kind: 'call_to_action',
      severity: 'warning',
      quote: last,
      message: 'Say what the reader should do next.',
      replacement: `${last} Tell us what you think.`,
    });
  return advice;
}
