import { CHANNEL_EVENTS, type ChannelEvent } from '../../channels/events.data';
import type { ChannelKind, ChannelRule } from '../../channels/schema';
import type { Channel } from './channel';

/** A channel as the form holds it. */
export interface ChannelDraft {
  kind: ChannelKind;
  name: string;
  url: string;
  token: string;
  slackChannel: string;
  rules: ChannelRule[];
  digest: Channel['digest'];
  quietHours: Channel['quietHours'];
  timezone: string;
  locale: Channel['locale'];
}

/** What a new channel hears of: all that is worth a look. */
function usualRules(): ChannelRule[] {
  return (Object.keys(CHANNEL_EVENTS) as ChannelEvent[])
    .filter((event) => event !== 'installation.alert' && event !== 'sync.conflicts')
    .map((event) => ({ event, severity: 'warning' }));
}

export function draftOf(channel: Channel | null, person: { timezone: string; locale: string }): ChannelDraft {
  const secret = { url: '', token: '' };
  if (!channel)
    return {
      ...{ kind: 'slack_webhook', name: '', slackChannel: '', rules: usualRules(), digest: 'immediate' },
      ...{ quietHours: null, timezone: person.timezone, locale: person.locale === 'de' ? 'de' : 'en' },
      ...secret,
    };
  const { kind, name, slackChannel, rules, digest, quietHours, timezone, locale } = channel;
  return {
    ...{ kind, name, rules, digest, quietHours, timezone, locale },
    ...{ slackChannel: slackChannel ?? '' },
    ...secret,
  };
}

/** What the API takes. Without a new secret an existing channel keeps its own. */
export function bodyOf({ kind, url, token, slackChannel, ...wishes }: ChannelDraft, isNew: boolean) {
  const given = kind === 'slack_bot' ? token !== '' : url !== '';
  const target = kind === 'slack_bot' ? { kind, token, channel: slackChannel } : { kind, url };
  return { ...wishes, ...(isNew || given ? { target } : {}) };
}
