import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { redact } from './logger';

function logged(value: object): string {
  const lines: string[] = [];
  pino({ redact }, { write: (text: string) => lines.push(text) }).info(value, 'x');
  return lines.join('');
}

describe('the redaction list', () => {
  it.each([
    { password: 'hunter2' },
    { headers: { authorization: 'Bearer hunter2', cookie: '__session=hunter2' } },
    { connection: { credentials: { any: 'hunter2' } } },
    { request: { body: { appPassword: 'hunter2' } } },
    {
      accessToken: 'hunter2',
      refreshToken: 'hunter2',
      idToken: 'hunter2',
      apiKey: 'hunter2',
      clientSecret: 'hunter2',
    },
  ])('keeps secrets out of %j', (value) => {
    const line = logged(value);
    expect(line).not.toContain('hunter2');
    expect(line).toContain('[redacted]');
  });

  it('leaves the rest readable', () => {
    expect(logged({ tokens: 3, organizationId: 'o1' })).toContain('"tokens":3');
  });
});
