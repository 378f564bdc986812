/** One entry per line; blank lines and spaces at the ends say nothing. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** One entry per block of lines; blocks are separated by an empty line. */
export function blocksOf(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter(Boolean);
}

/** Words and phrases, separated by commas or lines. */
export function termsOf(text: string): string[] {
  return [...new Set(text.split(/[,\n]/).map((term) => term.trim()))].filter(Boolean);
}
