/** One space between words, at most one empty line, no signs that only steer terminals or turn text around. */
export function tidied(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (sign) => (/\s/.test(sign) ? sign : ''))
    .split(/\r\n|[\n\r]/)
    .map((line) => line.replaceAll(/[\s\u00a0]+/g, ' ').trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** At most `max` signs as people count them, cut between words where there are any. */
export function shortened(text: string, max: number): string {
  const signs = [...text];
  if (signs.length <= max) return text;
  if (max < 1) return '';
  const cut = signs.slice(0, max - 1).join('');
  const space = cut.search(/\s\S*$/);
  return `${(space > max / 2 ? cut.slice(0, space) : cut).replace(/[\s,;:.–-]+$/u, '')}…`;
}
