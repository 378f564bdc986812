/** A mail's headers and parts, decoded: as much of MIME as our own mails use (RFC 2045, 2047). */
export interface ParsedMail {
  headers: Map<string, string>;
  subject: string;
  text: string;
  html: string;
}

export function parseMessage(raw: string): ParsedMail {
  const { headers, body } = split(raw);
  const parts = partsOf(headers, body);
  return {
    headers,
    subject: encodedWords(headers.get('subject') ?? ''),
    text: parts.get('text/plain') ?? '',
    html: parts.get('text/html') ?? '',
  };
}

function split(raw: string): { headers: Map<string, string>; body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (headers.has(name)) throw new Error(`The mail has two headers ${name}.`);
    headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, body: raw.slice(end + 4) };
}

function partsOf(headers: Map<string, string>, body: string): Map<string, string> {
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = /boundary="([^"]+)"/.exec(type)?.[1];
  if (!boundary) {
    const kind = type.split(';')[0]?.trim() ?? '';
    return new Map([[kind, decoded(body, headers.get('content-transfer-encoding') ?? '7bit')]]);
  }
  const found = new Map<string, string>();
  for (const piece of body.split(`--${boundary}`).slice(1, -1)) {
    const inner = split(piece.replace(/^\r\n/, ''));
    for (const [kind, text] of partsOf(inner.headers, inner.body)) found.set(kind, text);
  }
  return found;
}

function decoded(body: string, encoding: string): string {
  const text = body.replace(/\r\n/g, '\n');
  if (encoding.toLowerCase() === 'base64') return Buffer.from(text, 'base64').toString('utf8');
  if (encoding.toLowerCase() !== 'quoted-printable') return text;
  return fromHex(text.replace(/=\n/g, ''));
}

/** `=C3=BC` in UTF-8. */
function fromHex(text: string): string {
  return text.replace(/(?:=[0-9A-F]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'),
  );
}

function encodedWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString('utf8')
        : fromHex(word.replaceAll('_', ' ')),
    );
}
