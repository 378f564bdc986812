import { describe, expect, it } from 'vitest';
import { addressFault, targetFacts } from './addresses';

const slack = 'https://hooks.slack.com/services/T000/B000/abcDEF123';
const teams =
  'https://prod-12.westeurope.logic.azure.com:443/workflows/0a1b/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers&sv=1.0&sig=abc_DEF-123';

describe('addresses of chat channels', () => {
  it.each([
    ['slack_webhook', slack],
    ['slack_webhook', 'https://hooks.slack-gov.com/services/T0/B0/x'],
    ['teams', teams],
    [
      'teams',
      'https://default0a1b.0c.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?sig=x',
    ],
    ['teams', 'https://prod-1.usgovtexas.logic.azure.us/workflows/1?sig=x'],
  ] as const)('%s takes %s', (kind, address) => expect(addressFault(kind, address, [])).toBeUndefined());

  it.each([
    ['slack_webhook', 'nonsense', /complete/],
    ['slack_webhook', slack.replace('https', 'http'), /https/],
    ['slack_webhook', 'https://hooks.slack.com.evil.example/services/T/B/x', /hooks\.slack\.com/],
    ['slack_webhook', 'https://evil.example/services/T/B/x', /hooks\.slack\.com/],
    ['slack_webhook', 'https://user:pass@hooks.slack.com/services/T/B/x', /password/],
    ['slack_webhook', 'https://hooks.slack.com:8443/services/T/B/x', /port/],
    ['slack_webhook', 'https://hooks.slack.com/services/T000', /whole/],
    ['slack_webhook', teams, /hooks\.slack\.com/],
    ['teams', slack, /workflow/],
    ['teams', 'https://logic.azure.com.evil.example/workflows/1?sig=x', /workflow/],
    ['teams', 'https://evillogic.azure.com/workflows/1?sig=x', /workflow/],
    ['teams', 'https://prod-1.westeurope.logic.azure.com/workflows/1', /signature/],
    ['teams', 'https://acme.webhook.office.com/webhookb2/x', /retired/],
    ['teams', 'https://outlook.office.com/webhook/x', /retired/],
    ['teams', 'https://169.254.169.254/latest', /workflow/],
  ] as const)('%s refuses %s', (kind, address, why) => {
    expect(addressFault(kind, address, [])).toMatch(why);
  });

  it('takes hosts that the operator named, by name or with their port', () => {
    for (const host of ['127.0.0.1', '127.0.0.1:9000'])
      expect(addressFault('teams', 'http://127.0.0.1:9000/x', [host])).toBeUndefined();
    expect(addressFault('teams', 'http://127.0.0.1:9001/x', ['127.0.0.1:9000'])).toBeDefined();
  });

  it('shows the host and the last four characters, and no more', () => {
    const { secret: _, ...shown } = targetFacts({ kind: 'slack_webhook', url: slack });
    expect(shown).toEqual({ host: 'hooks.slack.com', hint: 'F123', slackChannel: null });
    const bot = targetFacts({ kind: 'slack_bot', token: 'xoxb-1-secret-9876', channel: 'C0123456' });
    expect({ ...bot, secret: null }).toEqual({
      secret: null,
      host: 'slack.com',
      hint: '9876',
      slackChannel: 'C0123456',
    });
  });
});
