/** Mailboxes of a task and not of a person: equal ones say little about who reads them. */
export const ROLE_MAILBOXES: ReadonlySet<string> = new Set([
  ...['info', 'sales', 'contact', 'hello', 'hi', 'office', 'admin', 'administrator', 'support', 'help'],
  ...['service', 'team', 'mail', 'post', 'kontakt', 'vertrieb', 'buero', 'verwaltung', 'zentrale'],
  ...['marketing', 'press', 'presse', 'media', 'jobs', 'careers', 'hr', 'billing', 'accounts', 'accounting'],
  ...['finance', 'invoice', 'invoices', 'rechnung', 'orders', 'order', 'shop', 'store', 'webmaster'],
  ...['postmaster', 'hostmaster', 'abuse', 'noc', 'security', 'legal', 'privacy', 'noreply', 'no-reply'],
  ...['donotreply', 'newsletter', 'events', 'reception', 'enquiries', 'inquiries', 'general', 'secretary'],
]);

/** Domains that anybody gets an address at: equal ones say nothing about where somebody works. */
export const FREE_MAIL_DOMAINS: ReadonlySet<string> = new Set([
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'hotmail.de', 'hotmail.fr', 'live.com'],
  ...['msn.com', 'yahoo.com', 'yahoo.de', 'yahoo.fr', 'yahoo.co.uk', 'ymail.com', 'icloud.com', 'me.com'],
  ...['mac.com', 'aol.com', 'gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch', 'web.de', 't-online.de', 'freenet.de'],
  ...['proton.me', 'protonmail.com', 'mail.com', 'mail.ru', 'yandex.ru', 'yandex.com', 'qq.com', '163.com'],
  ...['126.com', 'orange.fr', 'wanadoo.fr', 'free.fr', 'laposte.net', 'libero.it', 'virgilio.it', 'zoho.com'],
  ...['fastmail.com', 'hey.com', 'tutanota.com', 'posteo.de', 'bluewin.ch', 'btinternet.com', 'comcast.net'],
]);

/** What companies are legally, which their names carry or not. */
export const LEGAL_FORMS: ReadonlySet<string> = new Set([
  ...['gmbh', 'mbh', 'ag', 'kg', 'ohg', 'ug', 'se', 'ev', 'inc', 'incorporated', 'llc', 'llp', 'lp', 'ltd'],
  ...[
    'limited',
    'plc',
    'corp',
    'corporation',
    'co',
    'company',
    'sa',
    'sas',
    'sarl',
    'srl',
    'spa',
    'bv',
    'nv',
  ],
  ...['oy', 'ab', 'as', 'aps', 'pty', 'kk', 'holding', 'group', 'the', 'and', 'und', 'et'],
]);

/** First names that are said for one another. */
const SAID_FOR: readonly (readonly string[])[] = [
  ['robert', 'bob', 'rob', 'bobby', 'robbie'],
  ['william', 'bill', 'will', 'billy', 'willy'],
  ['richard', 'dick', 'rick', 'rich'],
  ['elizabeth', 'liz', 'beth', 'betty', 'lisa', 'eliza'],
  ['margaret', 'peggy', 'maggie', 'meg'],
  ['james', 'jim', 'jimmy', 'jamie'],
  ['john', 'jack', 'johnny'],
  ['michael', 'mike', 'mick', 'micha'],
  ['edward', 'ted', 'ed', 'eddie'],
  ['charles', 'chuck', 'charlie'],
  ['katherine', 'kate', 'kathy', 'katie', 'kathrin'],
  ['johannes', 'hannes', 'hans'],
  ['susanne', 'susan', 'sue', 'susi'],
  ['anthony', 'tony'],
  ['thomas', 'tom'],
  ['joseph', 'joe', 'sepp'],
  ['stephen', 'steve'],
  ['daniel', 'dan'],
  ['matthew', 'matt'],
  ['patricia', 'pat', 'tricia'],
  ['jennifer', 'jen', 'jenny'],
  ['christopher', 'chris', 'kit'],
  ['alexander', 'alex', 'sascha'],
  ['henry', 'harry', 'hank'],
  ['theodor', 'theo'],
  ['frederick', 'fred', 'freddy'],
  ['benjamin', 'ben'],
  ['samuel', 'sam'],
];

export const NICKNAMES: ReadonlyMap<string, number> = new Map(
  SAID_FOR.flatMap((names, group) => names.map((name): [string, number] => [name, group])),
);
