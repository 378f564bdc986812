import { describe, expect, it } from 'vitest';
import { styleOf } from '../../prompts/style.data';
import {
  composeArticle,
  composeHashtags,
  composePosts,
  composeReply,
  composeSummary,
  composeThread,
} from './compose';
import { advise, glossaryTranslation, rate, reviseText } from './revise';
import { extract, keyPhrases, sentencesOf } from './words';

const brief = {
  task: 'post_text',
  brief:
    'Announce our summer sale at Café Lumen. 20 % off all cold brew from 1 to 14 July. We opened a second terrace on Mill Street. Dogs are welcome.',
  audience: 'coffee lovers',
};

describe('the local composer', () => {
  it('writes from the words of the brief', () => {
    const [draft] = composePosts({ ...brief, platforms: 'linkedin: …' }, 1);
    expect(draft?.text).toMatch(/Café Lumen|cold brew|summer sale|terrace|Mill Street/i);
    expect(draft?.text.length).toBeGreaterThan(80);
  });

  it('gives variants that differ, and the same ones every time', () => {
    const first = composePosts({ ...brief, platforms: 'facebook: …' }, 5);
    expect(new Set(first.map(({ text }) => text)).size).toBe(5);
    expect(new Set(first.map(({ text }) => text.split(/[.?!]/)[0])).size).toBe(5);
    expect(composePosts({ ...brief, platforms: 'facebook: …' }, 5)).toEqual(first);
  });

  it.each(['x', 'bluesky', 'instagram', 'reddit', 'linkedin'])('keeps to the size of %s', (platform) => {
    for (const draft of composePosts({ ...brief, platforms: `${platform}: …` }, 5)) {
      expect(draft.text.length).toBeLessThanOrEqual(styleOf(platform).maxCharacters);
      expect(draft.hashtags.length).toBeLessThanOrEqual(styleOf(platform).hashtags);
      expect(draft.text).not.toMatch(/\{|undefined|NaN/);
    }
  });

  it('writes German from a German brief', () => {
    const german = {
      brief:
        'Wir eröffnen am 3. Mai unser neues Café in der Mühlstraße. Kommt vorbei und probiert den Kuchen.',
    };
    expect(composePosts(german, 1)[0]?.text).toMatch(/\b(ist|dich|dir|du|uns|und)\b/);
  });

  it('numbers a thread and keeps its length', () => {
    const thread = composeThread({ ...brief, platforms: 'x: …' }, 6);
    expect(thread).toHaveLength(6);
    expect(thread.every((post, index) => post.startsWith(`${index + 1}/6 `) && post.length <= 280)).toBe(
      true,
    );
  });

  it('writes an article within its words', () => {
    const article = composeArticle({ ...brief, max_words: '120' });
    expect(article).toMatch(/^# /);
    expect(article.split(/\s+/).length).toBeLessThanOrEqual(160);
  });

  it('chooses hashtags from the brief', () => {
    expect(composeHashtags({ ...brief, count: '5' }).length).toBeLessThanOrEqual(5);
    expect(composeHashtags(brief).join(' ')).toMatch(/CaféLumen|ColdBrew|SummerSale/);
  });

  it('hears whether a message thanks, complains or asks', () => {
    const reply = (outside_text: string) =>
      composeReply({ outside_text, instruction: 'we will refund it' }, 1)[0]?.text;
    expect(reply('The parcel came broken')).toMatch(/sorry|telling us/i);
    expect(reply('When do you open?')).toMatch(/question|asking/i);
    expect(reply('Loved the cake')).toMatch(/thank|glad|day/i);
    expect(reply('The parcel came broken')).toMatch(/We will refund it\./);
  });

  it('summarises by choosing sentences that stand in the text', () => {
    const text = `${brief.brief} The baristas trained in Trieste. Cold brew needs eighteen hours.`;
    const summary = composeSummary(text);
    expect(text).toContain(summary.split('. ')[0]);
    expect(summary.length).toBeLessThan(text.length);
  });
});

describe('revising', () => {
  const text = "We are really very happy. It's our biggest launch, and we can't wait. 500 people signed up.";

  it('follows the instruction and keeps figures', () => {
    const revised = (instruction: string) => reviseText({ brief: text, instruction }, 1)[0]?.text ?? '';
    expect(revised('make it shorter').length).toBeLessThan(text.length);
    expect(revised('more formal')).toMatch(/It is our biggest launch/i);
    expect(revised('as a list')).toMatch(/^• /);
    expect(revised('')).not.toMatch(/really very/);
    expect(revised('')).toContain('500');
  });

  it('says that a glossary is no translation', () => {
    expect(glossaryTranslation('Free coffee today', 'de')).toBe(
      '[de, sandbox glossary] Kostenlos Kaffee heute',
    );
    expect(glossaryTranslation('Free coffee', 'ja')).toMatch(/no sandbox glossary/);
  });

  it('rates what helps higher than what does not', () => {
    const good = rate('Join 500 others on 3 May. What will you bring?');
    const poor = rate(
      'Things are happening and it is a very long sentence that goes on and on without any point at all for anyone.',
    );
    expect(good.score).toBeGreaterThan(poor.score);
    expect(poor.reason).toMatch(/Better:/);
  });

  it('advises on passages that stand in the text', () => {
    const long = `${'word '.repeat(30)}end. ${'more '.repeat(80)}`;
    const advice = advise(long, ['x']);
    expect(advice.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['clarity', 'length', 'call_to_action']),
    );
    for (const { quote } of advice) expect(long).toContain(quote);
  });
});

describe('words', () => {
  it('finds names first', () => {
    expect(keyPhrases('We met Ada Lovelace in Turin and talked about looms')[0]).toBe('Ada Lovelace');
  });
  it('does not break figures and addresses', () => {
    expect(sentencesOf('Costs 3.5 dollars at irisync.com. New today!')).toHaveLength(2);
  });
  it('extracts in the order of the text', () => {
    expect(extract('One thing. Two things here. Three things there now.', 3)).toEqual([
      'One thing.',
      'Two things here.',
      'Three things there now.',
    ]);
  });
});
