import 'server-only';
import type { OutboundHttp } from '@/core/http/outbound';
import { statusFailure } from '@/core/http/outbound-failure';
import type { AlertNotice, AlertSink } from '../alert-service';

/** Hosts of Microsoft Teams workflows, which take cards instead of text. */
const TEAMS_HOST = /\.(office\.com|azure\.com|powerplatform\.com)$/;

/**
 * An incoming webhook of Slack (https://api.slack.com/messaging/webhooks) or of a Microsoft Teams workflow
 * (https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook).
 */
export class ChatWebhookSink implements AlertSink {
  readonly name = 'chat webhook';

  constructor(
    readonly http: OutboundHttp,
    readonly url: string,
    readonly appUrl: string,
  ) {}

  async tell(notice: AlertNotice): Promise<void> {
    const answer = await this.http.request({
      provider: 'alerts',
      method: 'POST',
      url: this.url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(chatMessage(this.url, this.#text(notice))),
      timeoutMs: 10_000,
    });
    await answer.discard();
    if (!answer.ok) throw statusFailure('alerts', answer, { now: this.http.clock.now() });
  }

  #text({ rule, change, value, since }: AlertNotice): string {
    if (change === 'over') return `✅ IriSync: over: ${rule.title}.`;
    const figure = value === null ? '' : ` Now ${figureOf(rule.measure.kind, value)}.`;
    const still = change === 'still' ? ` Since ${since.toISOString()}.` : '';
    return `🔔 IriSync: ${rule.title}.${figure}${still} ${rule.advice} ${this.appUrl}/api/health/ready`;
  }
}

function figureOf(kind: AlertNotice['rule']['measure']['kind'], value: number): string {
  if (kind === 'share') return `${Math.round(value * 1000) / 10} %`;
  return kind === 'perMinute' ? `${Math.round(value * 10) / 10} a minute` : String(value);
}

/** The text in the form that the webhook's host takes. */
export function chatMessage(url: string, text: string): object {
  return TEAMS_HOST.test(new URL(url).hostname) ? teamsCard(text) : { text };
}

function teamsCard(text: string): object {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          type: 'AdaptiveCard',
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          version: '1.4',
          body: [{ type: 'TextBlock', text, wrap: true }],
        },
      },
    ],
  };
}
