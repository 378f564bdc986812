import { describe, expect, it } from 'vitest';
import { chatMessage } from './chat-webhook';

describe('chat messages', () => {
  it.each([
    'https://hooks.slack.com/services/T/B/x',
    'http://127.0.0.1:9/x',
    'https://office.com.evil.example/x',
  ])('%s takes text', (url) => expect(chatMessage(url, 'hello')).toEqual({ text: 'hello' }));

  it.each([
    'https://acme.webhook.office.com/webhookb2/x',
    'https://prod-12.westeurope.logic.azure.com:443/workflows/x',
    'https://default1.a.environment.api.powerplatform.com/x',
  ])('%s takes a card', (url) => {
    expect(chatMessage(url, 'hello')).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: { type: 'AdaptiveCard', body: [{ type: 'TextBlock', text: 'hello' }] },
        },
      ],
    });
  });
});
