import type { Counts, Finding } from '@/features/platforms/finding-schema';
import { type Counter, counterFor, textWithLink } from '@/features/platforms/rules/counting';
import { Findings } from '@/features/platforms/rules/findings';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import { SETTINGS_SCHEMAS } from '@/features/platforms/rules/settings';
import type { PlatformRules } from '@/features/platforms/rules/types';
import { validateMedia } from '@/features/platforms/rules/validate-media';
import type { ChannelSettings, LiveLimits, PlatformId, Variant } from '@/features/platforms/schema';

export interface ValidationInput {
  platform: PlatformId;
  variant: Variant;
  limits?: LiveLimits;
  settings?: Pick<ChannelSettings, 'longPosts'>;
  connectionId?: string;
}

export interface ValidationResult {
  /** Of the root's final text, link included. */
  counts: Counts;
  findings: Finding[];
}

interface Check extends Required<Pick<ValidationInput, 'limits'>> {
  counter: Counter;
  rules: PlatformRules;
  settings: Pick<ChannelSettings, 'longPosts'>;
  format: string | undefined;
  out: Findings;
}

/**
 * Checks what one channel would get against its network's rules. Pure apart from loading the counter once; the same for
 * editor, API, MCP, import and worker.
 */
export async function validateVariant(input: ValidationInput): Promise<ValidationResult> {
  const { platform, variant } = input;
  const rules = PLATFORM_RULES[platform];
  const out = new Findings();
  const format = variant.settings?.format;
  const check: Check = {
    counter: await counterFor(platform),
    rules,
    limits: input.limits ?? {},
    settings: input.settings ?? { longPosts: false },
    format: typeof format === 'string' ? format : undefined,
    out,
  };
  const counts = checkText(variant, 'text', check, true);
  checkTitleAndFields(variant, check);
  checkMediaPresence(variant, check);
  validateMedia(variant.media, { ...check, path: 'media' });
  checkThread(variant, check);
  checkComment(variant, check);
  checkSettings(platform, variant, out);
  checkVisibility(variant, check);
  return { counts, findings: out.list(input.connectionId) };
}

function checkText(
  part: Pick<Variant, 'text' | 'media' | 'link' | 'settings'>,
  path: string,
  check: Check,
  root: boolean,
): Counts {
  const { rules, counter, limits, settings, out } = check;
  const text = textWithLink(rules, part);
  // A content warning is part of what the reader gets; Mastodon counts both together.
  const warning = root && typeof part.settings?.spoilerText === 'string' ? part.settings.spoilerText : '';
  const withImages = part.media.some((item) => item.kind === 'image');
  const counts = counter.count(`${warning}${text}`, { limits, settings, withImages });
  if (counts.used > counts.max) {
    out.error(
      'text_too_long',
      path,
      `${rules.name} takes ${counts.max}; this is ${counts.used - counts.max} over.`,
      {
        actual: counts.used,
        limit: counts.max,
        fix: rules.threadPartsMax > 0 ? 'Shorten it, or split it into a thread.' : 'Shorten it.',
      },
    );
  }
  const bytesMax = rules.text.bytesMax?.value;
  if (bytesMax !== undefined && (counts.bytes ?? 0) > bytesMax) {
    out.error(
      'text_too_long',
      path,
      `${rules.name} takes ${bytesMax} bytes; this has ${counts.bytes ?? 0}.`,
      {
        actual: counts.bytes ?? 0,
        limit: bytesMax,
        fix: 'Shorten it; some signs take several bytes.',
      },
    );
  }
  const empty = text.trim() === '';
  const needed =
    rules.text.required === 'always' || (rules.text.required === 'without_media' && part.media.length === 0);
  if (empty && needed && !part.link) {
    out.error('text_required', path, `${rules.name} needs text here.`, { fix: 'Write something.' });
  }
  checkWords(text, path, rules, out);
  return counts;
}

function checkWords(text: string, path: string, rules: PlatformRules, out: Findings): void {
  const forbidden = rules.text.forbidden?.value;
  const found = forbidden ? [...text].find((sign) => forbidden.includes(sign)) : undefined;
  if (found) {
    out.error('text_forbidden_characters', path, `${rules.name} does not take the sign ${found} here.`, {
      actual: found,
      fix: 'Remove it.',
    });
  }
  const counted = [
    ['too_many_hashtags', /(?<![\p{L}\p{N}_&])#[\p{L}\p{N}_]+/gu, rules.text.hashtagsMax, 'hashtags'],
    ['too_many_mentions', /(?<![\p{L}\p{N}_/@])@[\p{L}\p{N}_.]+/gu, rules.text.mentionsMax, 'mentions'],
    ['too_many_links', /https?:\/\/\S+/gu, rules.text.linksMax, 'links'],
  ] as const;
  for (const [code, pattern, limit, word] of counted) {
    if (!limit) continue;
    const actual = new Set(text.match(pattern) ?? []).size;
    if (actual > limit.value) {
      out.error(code, path, `${rules.name} takes up to ${limit.value} ${word}.`, {
        actual,
        limit: limit.value,
        fix: `Remove ${actual - limit.value}.`,
      });
    }
  }
}

function checkTitleAndFields(variant: Variant, { rules, out }: Check): void {
  const title = variant.title?.trim() ?? '';
  if (rules.title?.required && title === '') {
    out.error('title_required', 'title', `${rules.name} needs a title.`, { fix: 'Write a title.' });
  }
  if (rules.title && title.length > rules.title.max.value) {
    out.error(
      'title_too_long',
      'title',
      `${rules.name} takes titles of up to ${rules.title.max.value} characters.`,
      {
        actual: title.length,
        limit: rules.title.max.value,
      },
    );
  }
  const tagsMax = rules.tagsCharactersMax?.value;
  // YouTube puts quotes around a tag that holds a space, and counts them and the commas.
  const tags = (variant.tags ?? []).map((tag) => (tag.includes(' ') ? `"${tag}"` : tag)).join(',');
  if (tagsMax !== undefined && tags.length > tagsMax) {
    out.error('tags_too_long', 'tags', `${rules.name} takes ${tagsMax} characters of tags.`, {
      actual: tags.length,
      limit: tagsMax,
    });
  }
  if (rules.linkMax && variant.link && variant.link.length > rules.linkMax.value) {
    out.error(
      'link_too_long',
      'link',
      `${rules.name} takes links of up to ${rules.linkMax.value} characters.`,
      {
        actual: variant.link.length,
        limit: rules.linkMax.value,
        fix: 'Use a short link.',
      },
    );
  }
}

function checkMediaPresence(variant: Variant, { rules, out }: Check): void {
  if (rules.media.required && variant.media.length === 0) {
    out.error('media_required', 'media', `${rules.name} takes no post without a picture or video.`, {
      fix: 'Add a file, or leave this channel out.',
    });
  }
}

function checkThread(variant: Variant, check: Check): void {
  const parts = variant.thread ?? [];
  if (parts.length === 0) return;
  const { rules, out } = check;
  if (rules.threadPartsMax === 0) {
    out.error('thread_not_supported', 'thread', `${rules.name} has no threads.`, {
      fix: 'Put it into one post for this channel.',
    });
    return;
  }
  if (parts.length + 1 > rules.threadPartsMax) {
    out.error(
      'thread_too_long',
      'thread',
      `A thread on ${rules.name} has at most ${rules.threadPartsMax} parts here.`,
      {
        actual: parts.length + 1,
        limit: rules.threadPartsMax,
      },
    );
  }
  for (const [index, part] of parts.entries()) {
    checkText(part, `thread.${index}.text`, check, false);
    validateMedia(part.media, { ...check, path: `thread.${index}.media` });
  }
}

function checkComment(variant: Variant, { rules, counter, limits, settings, out }: Check): void {
  const comment = variant.firstComment?.trim();
  if (!comment) return;
  if (!rules.comment) {
    out.error(
      'comment_not_supported',
      'firstComment',
      `${rules.name} takes no first comment from other programs.`,
      {
        fix: 'Remove it for this channel.',
      },
    );
    return;
  }
  const { used } = counter.count(comment, { limits, settings });
  const most = rules.comment.max.live ? (limits.textMax ?? rules.comment.max.value) : rules.comment.max.value;
  if (used > most) {
    out.error('comment_too_long', 'firstComment', `${rules.name} takes comments of up to ${most}.`, {
      actual: used,
      limit: most,
    });
  }
}

function checkSettings(platform: PlatformId, variant: Variant, out: Findings): void {
  const parsed = SETTINGS_SCHEMAS[platform].safeParse(variant.settings ?? {});
  if (parsed.success) return;
  for (const issue of parsed.error.issues) {
    out.error('settings_invalid', ['settings', ...issue.path].join('.'), issue.message);
  }
}

/** Said before posting, not found out afterwards: who will not see it. */
function checkVisibility(variant: Variant, { rules, limits, out }: Check): void {
  const rule = rules.visibility;
  const allowed = limits.visibilities;
  if (!rule || !allowed) return;
  const chosen = rule.setting && variant.settings?.[rule.setting];
  const path = rule.setting ? `settings.${rule.setting}` : 'settings';
  if (typeof chosen === 'string' && !allowed.includes(chosen)) {
    out.error('settings_invalid', path, `${rules.name} does not offer this audience to this account now.`, {
      actual: chosen,
      limit: allowed.join(', '),
      fix: 'Choose another audience.',
    });
  }
  if (!allowed.includes(rule.everybody)) {
    out.warning('visibility_limited', path, rule.limited, { limit: allowed.join(', ') });
  }
}
