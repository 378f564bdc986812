import 'server-only';
import { refused } from '@/features/platforms/providers/http';
import { AUDIENCES, type Audience, audiences } from '@/features/platforms/providers/tiktok/account';
import type { CreatorInfo } from '@/features/platforms/providers/tiktok/api';
import type { StepContent } from '@/features/platforms/providers/types';
import { textWithLink } from '@/features/platforms/rules/counting';
import { tiktokRules } from '@/features/platforms/rules/networks/tiktok';
import { tiktokSettings } from '@/features/platforms/rules/settings';

/** Where the person chose nothing, the widest. */
function audienceOf(chosen: Audience | undefined, allowed: readonly Audience[]): string {
  const audience = chosen ?? allowed[0];
  if (audience && allowed.includes(audience)) return AUDIENCES[audience];
  throw refused(
    'tiktok',
    allowed.length === 1
      ? 'TikTok lets this app post to the account owner alone. Choose that audience, or wait for the audit of the app.'
      : 'TikTok does not offer this audience to this account now. Choose another.',
    { vendorCode: 'privacy_not_allowed', outcome: 'not_sent' },
  );
}

/** What TikTok is told beside the file. What the creator has switched off stays off, whatever was asked for. */
export function postInfo(content: StepContent, creator: CreatorInfo, audited: boolean) {
  const settings = tiktokSettings.parse(content.settings);
  const video = content.media[0]?.kind === 'video';
  const text = textWithLink(tiktokRules, content);
  return {
    ...(video ? { title: text } : { title: content.title ?? '', description: text }),
    privacy_level: audienceOf(settings.privacy, audiences(creator, audited)),
    disable_comment: creator.comment_disabled || !settings.allowComments,
    ...(video
      ? {
          disable_duet: creator.duet_disabled || !settings.allowDuet,
          disable_stitch: creator.stitch_disabled || !settings.allowStitch,
          is_aigc: settings.aiGenerated,
        }
      : { auto_add_music: settings.addMusic }),
    brand_content_toggle: settings.brandedContent,
    brand_organic_toggle: settings.ownBrand,
  };
}
