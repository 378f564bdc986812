import type { DocOf } from '@/core/db/model';
import type { notificationChannelModel, notificationMessageModel } from '../../channels/schema';

export type Channel = DocOf<typeof notificationChannelModel>;
export type Message = DocOf<typeof notificationMessageModel>;

export const CHANNEL_TONES = { active: 'ok', failing: 'warn', disabled: 'danger' } as const;
export const MESSAGE_TONES = {
  pending: 'warn',
  delivered: 'ok',
  accepted: 'info',
  failed: 'danger',
  dropped: 'neutral',
} as const;

/** What may be shown of where a channel leads. */
export function whereOf({ host, slackChannel }: Channel): string {
  return slackChannel ? `${host} ${slackChannel}` : host;
}
