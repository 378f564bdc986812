/** Recognises our own post in a network's list, where the network rewrote it: entities, short links, HTML. */

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

export function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (name.startsWith('#')) {
      const code =
        name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    }
    return NAMED[name.toLowerCase()] ?? whole;
  });
}

/** HTML of a status as plain text. For comparing only, never for showing. */
export function plainText(html: string): string {
  return decodeEntities(
    html
      .replace(/<br\s*\/?>/gi, '\n')
      .replace(/<\/p>\s*<p>/gi, '\n\n')
      // A sign that no name follows begins no tag; not every server escapes it.
      .replace(/<(?:\/?[a-z]|!)[^>]*>/gi, ''),
  );
}

export function sameText(ours: string, theirs: string): boolean {
  return squeezed(ours) === squeezed(theirs);
}

function squeezed(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, '');
}
