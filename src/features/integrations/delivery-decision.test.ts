import { describe, expect, it } from 'vitest';
import { RETRY_DELAYS_MS, stepAfter } from './delivery-decision';
import { subscribedName } from './webhook-events.data';

const now = new Date('2026-03-02T09:00:00Z');
const stepOf = (responseStatus: number | null, tries: number, once = false) =>
  stepAfter({ responseStatus }, { tries, once, now });

describe('what follows a try', () => {
  it.each([200, 201, 204, 299])('%s is a success', (status) => {
    expect(stepOf(status, 1)).toEqual({ kind: 'delivered' });
  });

  it.each([null, 301, 400, 401, 404, 429, 500, 503])('%s is tried again', (status) => {
    expect(stepOf(status, 1)).toEqual({ kind: 'retry', at: new Date(now.getTime() + 5_000) });
  });

  it('waits longer each time and ends after the eighth', () => {
    const minutes = RETRY_DELAYS_MS.map((_, index) => {
      const step = stepOf(500, index + 1);
      return step.kind === 'retry' ? (step.at.getTime() - now.getTime()) / 60_000 : null;
    });
    expect(minutes).toEqual([5 / 60, 5, 30, 120, 300, 600, 1440]);
    expect(stepOf(500, 8)).toEqual({ kind: 'failed', disable: 'exhausted' });
  });

  it('ends at once when the receiver is gone', () => {
    expect(stepOf(410, 1)).toEqual({ kind: 'failed', disable: 'gone' });
  });

  it('never disables an endpoint for a ping', () => {
    expect([stepOf(500, 1, true), stepOf(410, 1, true), stepOf(null, 1, true)]).toEqual(
      Array(3).fill({ kind: 'failed', disable: null }),
    );
  });
});

describe('the name of an event at an endpoint', () => {
  it.each([
    ['post.failed', ['post.failed'], 'post.failed'],
    ['post.failed', ['post.*'], 'post.failed'],
    ['post.failed', ['account.*', 'post.created'], null],
    ['content_published', ['post.*'], 'post.published'],
    ['content_published', ['content_published'], 'content_published'],
    ['content_published', ['content_published', 'post.published'], 'post.published'],
    ['platform_connected', ['account.*'], 'account.connected'],
    ['analytics_updated', ['analytics.updated'], 'analytics.updated'],
    ['tokens_purchased', ['post.*', 'account.*'], null],
    ['constructor', ['post.*'], null],
  ])('%s for %j is %s', (source, choices, name) => {
    expect(subscribedName(source, choices)).toBe(name);
  });
});
