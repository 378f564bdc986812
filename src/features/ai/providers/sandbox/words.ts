/** Small text analysis for the local composer: enough to write about what a brief is about. Pure; English and German. */

const STOP_WORDS = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by can could
did do does doing down during each every few for from further get had has have having he her here hers him his how i if in into is
it its itself just let like make me more most must my need new no nor not now of off on once one only or other our ours out over own
per please post same she should so some such than that the their theirs them then there these they this those through to too under
until up us use very via want was we were what when where which while who whom why will with would write you your yours
der die das den dem des ein eine einen einem einer und oder aber nicht ist sind war mit für auf von zu im in am an aus bei nach
über unter vor wir ihr sie er es ich du mein dein sein unser euer wie was wer wo wann warum auch noch nur schon sehr mehr als
bis zum zur ab so dass ob`
    .split(/\s+/)
    .filter(Boolean),
);

/** Deterministic numbers in [0, 1) from a text: the same input writes the same draft. Mulberry32 over an FNV-1a seed. */
export function seeded(text: string): () => number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Takes from a list without taking the same twice until all were taken. */
export function picker<T>(items: readonly T[], random: () => number): () => T {
  let pool: T[] = [];
  return () => {
    if (pool.length === 0) pool = [...items];
    return pool.splice(Math.floor(random() * pool.length), 1)[0] as T;
  };
}

export function sentencesOf(text: string): string[] {
  return (
    text
      .replaceAll(/\s+/g, ' ')
      // A sentence ends with a mark followed by space; `3.5` and `irisync.com` stay whole.
      .split(/(?<=[.!?…])\s+(?=["'“(]?[\p{Lu}\d#@])|\s*[\n•]\s*/u)
      .map((sentence) => sentence.trim())
      .filter((sentence) => sentence.length > 0)
  );
}

export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? [];
}

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase());
}

interface Scored {
  phrase: string;
  score: number;
  at: number;
}

/**
 * What a text is about: names, then runs of content words, most telling first. At most `limit`, each at most three words,
 * in the writer's own spelling.
 */
export function keyPhrases(text: string, limit = 6): string[] {
  const found = new Map<string, Scored>();
  let at = 0;
  for (const clause of text.split(/[.,;:!?()\n"“”]+/)) {
    let run: string[] = [];
    for (const word of [...wordsOf(clause), 'the']) {
      at += 1;
      if (!isStopWord(word) && word.length > 1) {
        run.push(word);
        continue;
      }
      note(found, run, at);
      run = [];
    }
  }
  const ranked = [...found.values()].sort((a, b) => b.score - a.score || a.at - b.at);
  const taken: string[] = [];
  for (const { phrase } of ranked) {
    const lower = phrase.toLowerCase();
    if (taken.some((other) => other.toLowerCase().includes(lower) || lower.includes(other.toLowerCase())))
      continue;
    taken.push(phrase);
    if (taken.length === limit) break;
  }
  return taken;
}

function note(found: Map<string, Scored>, run: readonly string[], at: number): void {
  // Long runs carry their head noun at the end.
  const name = run.findIndex((word) => /^\p{Lu}/u.test(word));
  // A name stands without the verb before it: "met Ada Lovelace" is about Ada Lovelace.
  const words = run.slice(Math.max(0, name)).slice(-3);
  if (words.length === 0) return;
  const phrase = words.join(' ');
  const known = found.get(phrase.toLowerCase());
  const names = words.filter((word) => /^\p{Lu}/u.test(word)).length;
  const figure = words.some((word) => /\d/.test(word)) ? 0.5 : 0;
  // People say what it is about first.
  const early = 1.2 / (1 + at / 8);
  const score = Math.min(words.length, 2) + names * 0.5 + figure + early + Math.min(phrase.length, 20) / 40;
  if (known) known.score += score;
  else found.set(phrase.toLowerCase(), { phrase, score, at });
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `summer sale` → `SummerSale`. */
export function hashtagOf(phrase: string): string {
  return wordsOf(phrase)
    .map((word) => capitalised(word.replaceAll(/['’-]/g, '')))
    .join('');
}

/** Cuts at a word's end so that the text fits; never leaves half a word. */
export function clipped(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const cut = text.slice(0, maxCharacters - 1);
  const end = cut.lastIndexOf(' ');
  return `${cut.slice(0, end > maxCharacters / 2 ? end : undefined).replace(/[\s,;:–-]+$/, '')}…`;
}

/** Sentences that carry a text, in their own order: those with its most frequent content words. */
export function extract(text: string, count: number): string[] {
  const sentences = sentencesOf(text);
  const weight = new Map<string, number>();
  for (const word of wordsOf(text)) {
    if (isStopWord(word)) continue;
    const key = word.toLowerCase();
    weight.set(key, (weight.get(key) ?? 0) + 1);
  }
  const scored = sentences.map((sentence, index) => {
    const words = wordsOf(sentence);
    const sum = words.reduce((total, word) => total + (weight.get(word.toLowerCase()) ?? 0), 0);
    // The opening sentence usually states the point.
    return { sentence, index, score: sum / Math.max(6, words.length) + (index === 0 ? 0.6 : 0) };
  });
  return scored
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ sentence }) => sentence);
}

/** German when its common words outnumber the English ones. */
export function languageOf(text: string, locale: string | undefined): 'en' | 'de' {
  if (locale) return locale.startsWith('de') ? 'de' : 'en';
  const lower = ` ${text.toLowerCase()} `;
  const hits = (words: string[]) => words.filter((word) => lower.includes(` ${word} `)).length;
  return hits(['und', 'der', 'die', 'das', 'für', 'mit', 'ist', 'wir', 'auf']) >
    hits(['and', 'the', 'for', 'with', 'is', 'we', 'on', 'of', 'to'])
    ? 'de'
    : 'en';
}
