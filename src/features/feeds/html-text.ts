import { decodeHTML } from 'entities';
import { tidied } from './plain-text';

/** Elements whose content is not for reading. */
const HIDDEN = /^(?:script|style|template|noscript|svg|iframe)$/;
/** Elements that stand on lines of their own. */
const BLOCK =
  /^(?:p|div|br|li|ul|ol|h[1-6]|tr|table|section|article|blockquote|pre|figure|figcaption|hr|dd|dt)$/;

/**
 * The words of a piece of HTML, in one pass over it: tags go, lines stay, entities become signs. A `<` that opens no tag is a sign
 * as any other. What comes out is plain text and must be treated as such.
 */
export function htmlText(html: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    parts.push(html.slice(at, open));
    const tag = /^<(\/?)([a-z][a-z0-9-]*)|^<[!?]/i.exec(html.slice(open, open + 40));
    if (!tag) {
      parts.push('&lt;');
      at = open + 1;
      continue;
    }
    const name = (tag[2] ?? '').toLowerCase();
    at = endOf(html, open, name, tag[1] === '/');
    if (BLOCK.test(name)) parts.push('\n');
  }
  parts.push(html.slice(at));
  return tidied(decodeHTML(parts.join('')));
}

/** Where reading goes on after what opens at `open`. */
function endOf(html: string, open: number, name: string, closing: boolean): number {
  if (html.startsWith('<!--', open)) return after(html, '-->', open + 4);
  const end = after(html, '>', open);
  if (closing || !HIDDEN.test(name)) return end;
  const close = html.slice(end).search(new RegExp(`</${name}\\b`, 'i'));
  return close === -1 ? html.length : after(html, '>', end + close);
}

function after(text: string, sign: string, from: number): number {
  const found = text.indexOf(sign, from);
  return found === -1 ? text.length : found + sign.length;
}
