import type { ChannelSecret, SecretBody } from './schema';

/** Which addresses may be entered for a chat channel. Pure. */

const SLACK_HOSTS = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);
/** Where Power Automate runs workflows, of all its clouds. */
const WORKFLOW_HOST =
  /^[a-z0-9.-]+\.(logic\.azure\.(com|us|cn)|api\.(gov\.|high\.)?powerplatform\.(com|us)|api\.powerplatform\.partner\.microsoftonline\.cn)$/;
/** Connectors of Office 365, which Microsoft retired. */
const CONNECTOR_HOST = /(^|\.)(webhook\.office\.com|outlook\.office\.com|outlook\.office365\.com)$/;

/**
 * Why an address may not be used; undefined when it may.
 * @param extraHosts `host` or `host:port` that are taken too (`NOTIFICATION_CHANNEL_HOSTS`): a relay of one's own, or a test.
 */
export function addressFault(
  kind: 'slack_webhook' | 'teams',
  address: string,
  extraHosts: readonly string[],
): string | undefined {
  const url = URL.parse(address);
  if (!url) return 'This is not a complete address. Start with https://.';
  if (extraHosts.includes(url.hostname) || extraHosts.includes(url.host)) return undefined;
  if (url.protocol !== 'https:') return 'The address must start with https://.';
  if (url.username || url.password) return 'Leave the user name and password out of the address.';
  if (url.port && url.port !== '443') return 'Leave the port out of the address.';
  return kind === 'slack_webhook' ? slackFault(url) : teamsFault(url);
}

function slackFault(url: URL): string | undefined {
  if (!SLACK_HOSTS.has(url.hostname))
    return 'Enter the address of an incoming webhook. It starts with https://hooks.slack.com/services/.';
  if (!/^\/services\/\w+\/\w+\/\w+$/.test(url.pathname))
    return 'This address is not complete. Copy it whole from Slack: https://hooks.slack.com/services/T…/B…/….';
  return undefined;
}

function teamsFault(url: URL): string | undefined {
  if (CONNECTOR_HOST.test(url.hostname))
    return 'Microsoft retired the connectors of Office 365. Make a workflow in Teams and enter its address.';
  if (!WORKFLOW_HOST.test(url.hostname))
    return 'Enter the address of a workflow. Teams shows it after "When a Teams webhook request is received".';
  if (!url.searchParams.has('sig'))
    return 'This address is not complete: its signature is missing. Copy it whole from Teams.';
  return undefined;
}

export interface TargetFacts {
  secret: ChannelSecret;
  host: string;
  hint: string;
  slackChannel: string | null;
}

/** The secret, and what may be shown of it. */
export function targetFacts(target: SecretBody): TargetFacts {
  if (target.kind === 'slack_bot') {
    const { token, channel } = target;
    return {
      secret: { kind: 'slack_bot', token },
      host: 'slack.com',
      hint: token.slice(-4),
      slackChannel: channel,
    };
  }
  const { kind, url } = target;
  return { secret: { kind, url }, host: new URL(url).host, hint: url.slice(-4), slackChannel: null };
}
