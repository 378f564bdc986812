import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { estimateTokens } from '../catalogue';
import { readSections } from '../prompts/sections';
import type { ChatMessage } from '../schema';
import { CataloguedProvider, type ProviderDeps } from './base';
import {
  type Brief,
  composeArticle,
  composeHashtags,
  composePosts,
  composeReply,
  composeSummary,
  composeThread,
  platformsOf,
} from './sandbox/compose';
import { describePicture, drawPicture } from './sandbox/picture';
import { advise, glossaryTranslation, rate, reviseText } from './sandbox/revise';
import { fillSchema } from './sandbox/schema-fill';
import { chooseTool, textOf } from './sandbox/tools';
import { capitalised, keyPhrases } from './sandbox/words';
import type {
  AIProvider,
  GeneratedImage,
  ImageGenerationRequest,
  ModelUsage,
  ModerationResult,
  StreamPart,
  StructuredRequest,
  StructuredResult,
  TextRequest,
  TextResult,
} from './types';

export interface SandboxSettings {
  /** False in production unless the operator allows it. */
  allowed: boolean;
  /** Milliseconds between streamed words; 0 in tests. */
  paceMs: number;
}

/**
 * The local stand-in: writes from the brief with rules and phrase lists, no key and no network. Whatever it answers is
 * labelled as sandbox by the router. The same input always gives the same answer.
 */
export class SandboxProvider extends CataloguedProvider implements AIProvider {
  readonly id = 'sandbox' as const;
  readonly #pace: number;

  constructor({ allowed, paceMs }: SandboxSettings, deps: ProviderDeps) {
    super(allowed ? { apiKey: 'sandbox' } : {}, deps);
    this.#pace = paceMs;
  }

  async generateText(request: TextRequest): Promise<TextResult> {
    request.signal.throwIfAborted();
    const call = request.tools?.length ? chooseTool(request.messages, request.tools) : undefined;
    const text = call ? '' : await writeText(request.messages);
    return {
      text,
      toolCalls: call ? [call] : [],
      finishReason: call ? 'tool_calls' : 'stop',
      usage: usageOf(request.messages, text || JSON.stringify(call)),
    };
  }

  async *streamText(request: TextRequest): AsyncIterable<StreamPart> {
    const { text, toolCalls, finishReason, usage } = await this.generateText(request);
    for (const piece of text.match(/\S+\s*/g) ?? []) {
      if (this.#pace > 0) await sleep(this.#pace, undefined, { signal: request.signal });
      request.signal.throwIfAborted();
      yield { type: 'text', text: piece };
    }
    for (const call of toolCalls) yield { type: 'tool_call', call };
    yield { type: 'usage', usage };
    yield { type: 'finish', reason: finishReason };
  }

  async generateStructured(request: StructuredRequest): Promise<StructuredResult> {
    request.signal.throwIfAborted();
    const brief = briefOf(request.messages);
    const known = await writeData(request.schemaName, brief, request.messages);
    const data = known ?? fillSchema(request.jsonSchema, sourceOf(request.messages));
    const raw = JSON.stringify(data);
    return { data, raw, usage: usageOf(request.messages, raw), finishReason: 'stop' };
  }

  async generateImage(request: ImageGenerationRequest): Promise<GeneratedImage[]> {
    request.signal.throwIfAborted();
    return Promise.all(
      Array.from({ length: request.count }, async (_, index) => ({
        bytes: await drawPicture(request.prompt, request.size, index),
        mime: 'image/png' as const,
      })),
    );
  }

  async moderate(_texts: readonly string[], _signal: AbortSignal): Promise<ModerationResult> {
    return { flagged: false, categories: [] };
  }

  async isHealthy(): Promise<boolean> {
    return this.configured;
  }
}

function briefOf(messages: readonly ChatMessage[]): Brief {
  return readSections(textOf(messages.findLast(({ role }) => role === 'user')));
}

/** The words to write from when there is no brief: the person's last message, without our sections around it. */
function sourceOf(messages: readonly ChatMessage[]): string {
  const brief = briefOf(messages);
  const told = [brief.brief, brief.outside_text, brief.instruction].filter(Boolean).join('. ');
  return told || textOf(messages.findLast(({ role }) => role === 'user'));
}

async function writeText(messages: readonly ChatMessage[]): Promise<string> {
  const brief = briefOf(messages);
  switch (brief.task) {
    case 'long_form':
      return composeArticle(brief);
    case 'summary':
      return composeSummary(brief.brief ?? '');
    case 'rewrite':
      return reviseText(brief, 1)[0]?.text ?? '';
    case 'reply':
      return composeReply(brief, 1)[0]?.text ?? '';
    case 'caption_from_image':
      return captionOf(messages, brief, 1).then((drafts) => drafts[0]?.text ?? '');
    case undefined:
      return chatAnswer(messages);
    default:
      return composePosts(brief, 1)[0]?.text ?? '';
  }
}

async function writeData(name: string, brief: Brief, messages: readonly ChatMessage[]): Promise<unknown> {
  const variants = Number(brief.variants ?? 1);
  if (name === 'drafts') return { results: await draftsFor(brief, variants, messages) };
  if (name === 'threads') {
    const platforms = platformsOf(brief);
    const posts = composeThread(brief, Number(brief.posts ?? 6));
    const results = (platforms.length > 0 ? platforms : ['']).map((platform) => ({ platform, posts }));
    return { results: Array.from({ length: variants }, () => results).flat() };
  }
  if (name === 'hashtags') return { hashtags: nonEmpty(composeHashtags(brief), 'Sandbox') };
  if (name === 'summary') return { summary: composeSummary(brief.brief ?? '') || 'Nothing to summarise.' };
  if (name === 'translations') {
    const locales = (brief.languages ?? '').split(',').map((locale) => locale.trim());
    return {
      translations: locales.map((locale) => ({
        locale,
        text: glossaryTranslation(brief.brief ?? '', locale),
      })),
    };
  }
  if (name === 'scores') {
    const items = (brief.items ?? '').split(/\n(?=\d+: )/).map((line) => line.replace(/^\d+: /, ''));
    return { scores: items.map((item, index) => ({ index, ...rate(item) })) };
  }
  if (name === 'advice') return adviceFor(brief);
  return undefined;
}

async function draftsFor(brief: Brief, variants: number, messages: readonly ChatMessage[]) {
  if (brief.task === 'rewrite') return reviseText(brief, variants);
  if (brief.task === 'reply') return composeReply(brief, variants);
  if (brief.task === 'caption_from_image') return captionOf(messages, brief, variants);
  return composePosts(brief, variants);
}

async function captionOf(messages: readonly ChatMessage[], brief: Brief, variants: number) {
  const content = messages.findLast(({ role }) => role === 'user')?.content;
  const image = Array.isArray(content) ? content.find((part) => part.type === 'image') : undefined;
  const seen = image ? await describePicture(Buffer.from(image.base64, 'base64')) : 'a picture';
  const told = brief.brief ? `${brief.brief.replace(/[.!?]*$/, '')}. ` : '';
  return composePosts({ ...brief, brief: `${told}${capitalised(seen)}.` }, variants);
}

function adviceFor(brief: Brief) {
  const text = brief.brief ?? '';
  const platforms = platformsOf(brief);
  const { score } = rate(text);
  const rewritten = reviseText({ ...brief, instruction: '' }, 1)[0]?.text ?? text;
  return { score, suggestions: advise(text, platforms), rewritten };
}

/** A conversation without our sections: answers from the message itself, or from what a tool returned. */
function chatAnswer(messages: readonly ChatMessage[]): string {
  const last = messages.at(-1);
  if (last?.role === 'tool')
    return `Here is what ${last.name} returned: ${composeSummary(last.content) || last.content}`;
  const said = textOf(messages.findLast(({ role }) => role === 'user'));
  const phrases = keyPhrases(said, 4);
  if (/\b(idea|ideas|suggest|ideen|vorschl)/i.test(said)) {
    const ideas = composePosts({ brief: said }, 3).map((draft, index) => `${index + 1}. ${draft.text}`);
    return `Three ideas:\n${ideas.join('\n')}`;
  }
  const about = phrases.length > 0 ? ` about ${phrases.slice(0, 2).join(' and ')}` : '';
  const draft = composePosts({ brief: said }, 1)[0]?.text ?? '';
  return `Here is a first thought${about}: ${draft}`;
}

function nonEmpty(items: string[], fallback: string): string[] {
  return items.length > 0 ? items : [fallback];
}

function usageOf(messages: readonly ChatMessage[], answer: string): ModelUsage {
  const inputTokens = messages.reduce((sum, message) => sum + estimateTokens(textOf(message)), 0);
  return { inputTokens, cachedInputTokens: 0, outputTokens: estimateTokens(answer), estimated: true };
}
