import { describe, expect, it } from 'vitest';
import { feedOfPage, parseFeed } from './parser';
import { FeedFault } from './polling';

const AT = 'https://news.example/feeds/all.xml';
const rss = (items: string, head = '') =>
  `<?xml version="1.0"?>${head}<rss version="2.0"><channel><title>A &amp; B</title><link>https://news.example/</link>${items}</channel></rss>`;
const first = (text: string) => parseFeed(text, AT).entries[0];

describe('parseFeed', () => {
  it('reads RSS: CDATA, HTML in titles, relative links, comments in dates', () => {
    const item =
      '<item><title><![CDATA[Tom & <b>Jerry</b>]]></title><link>/one</link><guid isPermaLink="false"> 1 </guid>' +
      '<description>&lt;p&gt;Hi &amp;amp; bye&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;p&gt;5 &amp;lt; 6&lt;/p&gt;</description>' +
      '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Ann</dc:creator>' +
      '<pubDate>Mon, 02 Mar 2026 09:30:00 GMT</pubDate></item>';
    expect(parseFeed(rss(item), AT)).toEqual({
      title: 'A & B',
      siteUrl: 'https://news.example/',
      entries: [
        {
          guid: '1',
          link: 'https://news.example/one',
          title: 'Tom & Jerry',
          summary: 'Hi & bye\n\n5 < 6',
          author: 'Ann',
          publishedAt: new Date('2026-03-02T09:30:00Z'),
        },
      ],
    });
  });

  it('takes what is missing or wrong as absent', () => {
    const item = '<item><description>Only words here</description><pubDate>yesterday-ish</pubDate></item>';
    expect(first(rss(item))).toEqual({
      guid: null,
      link: null,
      title: 'Only words here',
      summary: 'Only words here',
      author: '',
      publishedAt: null,
    });
    expect(first(rss('<item><guid>https://news.example/p/7</guid></item>'))?.link).toBe(
      'https://news.example/p/7',
    );
    expect(first(rss('<item><title>x</title><link>javascript:alert(1)</link></item>'))?.link).toBeNull();
    expect(parseFeed(rss('<item><pubDate>now</pubDate></item>'), AT).entries).toEqual([]);
  });

  it('reads Atom with bases and typed texts', () => {
    const feed =
      '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example/b/"><title>T</title><entry><id>u1</id>' +
      '<title>1 &lt; 2</title><link rel="edit" href="e"/><link href="post/1"/><author><name>Zoe</name></author>' +
      '<summary type="html">&lt;i&gt;s&lt;/i&gt;</summary><updated>2026-01-01T00:00:00Z</updated></entry></feed>';
    expect(first(feed)).toMatchObject({
      guid: 'u1',
      link: 'https://blog.example/b/post/1',
      title: '1 < 2',
      summary: 's',
      author: 'Zoe',
    });
  });

  it('reads RDF and JSON Feed', () => {
    const rdf =
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>R</title></channel>' +
      '<item rdf:about="urn:1"><title>I</title><link>https://r.example/1</link></item></rdf:RDF>';
    expect(first(rdf)).toMatchObject({ guid: 'urn:1', link: 'https://r.example/1', title: 'I' });
    const json = {
      version: 'https://jsonfeed.org/version/1.1',
      title: 'J',
      items: [{ id: '9', url: '/x', title: '<b> stays', content_html: '<p>Words</p>' }],
    };
    expect(first(JSON.stringify(json))).toMatchObject({
      guid: '9',
      link: 'https://news.example/x',
      title: '<b> stays',
      summary: 'Words',
    });
  });

  it.each([
    [
      'an entity bomb',
      rss('<item><title>&c;</title></item>', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY c "&a;&a;">]>'),
    ],
    [
      'an external entity',
      rss('<item><title>&x;</title></item>', '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    ],
    ['half a document', rss('<item><title>One</title></item>').slice(0, -30)],
    ['nesting without end', `<rss version="2.0"><channel>${'<a>'.repeat(200_000)}`],
    ['a web page', '<!doctype html><html><body>Hi</body></html>'],
    ['other JSON', '{"items":1}'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => parseFeed(text, AT)).toThrow(FeedFault);
  });
});

describe('feedOfPage', () => {
  it('finds the feed a page names, and none in a feed', () => {
    const page = `<html><head><LINK href='/a.css' rel=stylesheet><link type="application/atom+xml" href="/blog?a=1&amp;b=2"></head></html>`;
    expect(feedOfPage(page, 'https://x.example/home')).toBe('https://x.example/blog?a=1&b=2');
    expect(feedOfPage('<html><head></head></html>', 'https://x.example/')).toBeNull();
    expect(feedOfPage(rss(''), AT)).toBeNull();
  });
});
