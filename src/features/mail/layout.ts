import { headerText } from './address';
import { MAIL_COLOURS } from './palette.data';
import type { MailContent } from './schema';

export interface RenderedMail {
  subject: string;
  html: string;
  text: string;
}

type Colour = keyof typeof MAIL_COLOURS;

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** Only the web's own schemes may be followed from a mail. */
function safeUrl(url: string): string | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed && (parsed.protocol === 'https:' || parsed.protocol === 'http:') ? parsed.href : null;
}

const FONT = "font-family:'Instrument Sans',-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** Inline for the programs that drop style sheets; classes carry the dark colours for those that do not. */
function look(
  styles: Partial<Record<'color' | 'background-color' | 'border-color', Colour>>,
  rest = '',
): string {
  const entries = Object.entries(styles) as [string, Colour][];
  const inline = entries.map(([property, colour]) => `${property}:${MAIL_COLOURS[colour].light}`).join(';');
  const classes = entries.map(([property, colour]) => `${property}-${colour}`).join(' ');
  return `class="${classes}" style="${[rest, inline].filter(Boolean).join(';')}"`;
}

function darkRules(): string {
  const properties = ['color', 'background-color', 'border-color'] as const;
  return properties
    .flatMap((property) =>
      (Object.keys(MAIL_COLOURS) as Colour[]).map(
        (colour) => `.${property}-${colour}{${property}:${MAIL_COLOURS[colour].dark} !important}`,
      ),
    )
    .join('');
}

function link(url: string, label: string, rest = ''): string {
  const href = safeUrl(url);
  if (!href) return escapeHtml(label);
  return `<a href="${escapeHtml(href)}" ${look({ color: 'iris-text' }, rest)}>${escapeHtml(label)}</a>`;
}

function paragraph(text: string): string {
  const lines = escapeHtml(text).replaceAll('\n', '<br>');
  return `<p ${look({ color: 'ink' }, 'margin:0 0 12px;font-size:15px;line-height:22px')}>${lines}</p>`;
}

function factRows(content: MailContent): string {
  if (content.facts.length === 0) return '';
  const cell = (colour: Colour, text: string, rest: string) =>
    `<td ${look({ color: colour, 'border-color': 'line' }, `padding:8px 0;border-top:1px solid;font-size:14px;line-height:20px;${rest}`)}>${escapeHtml(text)}</td>`;
  const rows = content.facts.map(
    ({ label, value }) =>
      `<tr>${cell('muted', label, '')}${cell('ink', value, 'text-align:right;font-variant-numeric:tabular-nums')}</tr>`,
  );
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:4px 0 16px;border-collapse:collapse">${rows.join('')}</table>`;
}

function itemRows(content: MailContent): string {
  return content.items
    .map(({ title, body, url, at }) => {
      const head = url ? link(url, title, 'font-weight:600;text-decoration:none') : escapeHtml(title);
      return [
        `<div ${look({ 'border-color': 'line', color: 'ink' }, 'border-top:1px solid;padding:12px 0;font-size:14px;line-height:20px')}>`,
        `<div style="font-weight:600">${head}</div><div>${escapeHtml(body)}</div>`,
        `<div ${look({ color: 'muted' }, 'font-size:12px;line-height:18px')}>${escapeHtml(at)}</div></div>`,
      ].join('');
    })
    .join('');
}

function button(content: MailContent): string {
  const href = content.action && safeUrl(content.action.url);
  if (!content.action || !href) return '';
  const style =
    'display:inline-block;padding:10px 18px;border-radius:6px;font-size:14px;font-weight:600;text-decoration:none';
  return `<p style="margin:16px 0 4px"><a href="${escapeHtml(href)}" ${look({ color: 'on-iris', 'background-color': 'iris' }, style)}>${escapeHtml(content.action.label)}</a></p>`;
}

function htmlOf(content: MailContent): string {
  const heading = look(
    { color: content.tone === 'urgent' ? 'danger' : 'ink' },
    'margin:0 0 12px;font-size:20px;line-height:28px;font-weight:600',
  );
  const card = look(
    { 'background-color': 'surface', 'border-color': 'line' },
    'border:1px solid;border-radius:10px;padding:28px 28px 24px',
  );
  const footer = content.links.map(({ label, url }) => link(url, label)).join(' &middot; ');
  return [
    `<!doctype html><html lang="${escapeHtml(content.locale)}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">',
    '<meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(content.subject)}</title>`,
    `<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){${darkRules()}}</style></head>`,
    `<body ${look({ 'background-color': 'background' }, `margin:0;padding:24px 12px;${FONT}`)}>`,
    `<div style="display:none;max-height:0;overflow:hidden">${escapeHtml(content.preview)}</div>`,
    '<div style="max-width:560px;margin:0 auto">',
    `<p ${look({ color: 'iris-text' }, 'margin:0 0 12px;font-size:15px;font-weight:700')}>IriSync</p>`,
    `<div ${card}><h1 ${heading}>${escapeHtml(content.heading)}</h1>`,
    ...content.paragraphs.map(paragraph),
    factRows(content),
    itemRows(content),
    button(content),
    '</div>',
    `<p ${look({ color: 'muted' }, 'margin:16px 4px 0;font-size:12px;line-height:18px')}>${escapeHtml(content.reason)}<br>${footer}</p>`,
    '</div></body></html>',
  ].join('');
}

/** The same mail for those who read text. */
function textOf(content: MailContent): string {
  const blocks = [
    content.heading,
    ...content.paragraphs,
    content.facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    ...content.items.map(({ title, body, url, at }) =>
      [`* ${title}`, body, at, url ?? ''].filter(Boolean).join('\n  '),
    ),
    content.action ? `${content.action.label}:\n${content.action.url}` : '',
    `-- \n${content.reason}`,
    content.links.map(({ label, url }) => `${label}: ${url}`).join('\n'),
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

/** One design for every mail: HTML with inline styles, light and dark, and its text part. */
export function renderMail(content: MailContent): RenderedMail {
  return { subject: headerText(content.subject), html: htmlOf(content), text: textOf(content) };
}
