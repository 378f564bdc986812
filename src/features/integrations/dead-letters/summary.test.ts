import { describe, expect, it } from 'vitest';
import { DELIVERY_JOB } from '../deliverer';
import { INBOUND_JOB } from '../inbound/receiver';
import { CATCH_UP_JOB } from '../sync/catch-up';
import { OUTBOUND_JOB } from '../sync/outbound';
import { REFETCH_JOB } from '../sync/refetch';
import { SYNC_JOB } from '../sync/runner';
import { NUDGE_JOB } from '../sync/service';
import { FORGET_JOB } from '../sync/setup';
import { KIND_OF_JOB } from './schema';
import { summaryOf, withoutSecrets } from './summary';

describe('a dead letter', () => {
  it('shows where its payload leads, and nothing else of it', () => {
    const payload = {
      integrationId: 'int_a',
      entity: 'contact',
      run: 3,
      apiKey: 'pat-na1-secret',
      body: { email: 'a@b.c' },
    };
    expect(summaryOf(JSON.stringify(payload))).toEqual({
      integrationId: 'int_a',
      entity: 'contact',
      run: '3',
    });
    expect(summaryOf('no json')).toEqual({});
    expect(summaryOf('{"__proto__":{"taskId":"x"},"entity":{"deep":1}}')).toEqual({});
  });

  it.each([
    ['HubSpot answered 500: internal error.', 'HubSpot answered 500: internal error.'],
    ['refused Authorization: Bearer abc.def', 'refused Authorization: Bearer …'],
    ['bad access_token=CIG9kYmdMh for hub', 'bad access_token=… for hub'],
    ['{"client_secret":"s3cr3t-value","x":1}', '{"client_secret":…","x":1}'],
    ['key pat-na1-11111111-2222-3333-4444-555555555555 is no good', 'key … is no good'],
  ])('tells why without what may be secret: %s', (message, expected) => {
    expect(withoutSecrets(message)).toBe(expected);
  });

  it('is known by every job of syncs and webhooks', () => {
    const syncs = [OUTBOUND_JOB, SYNC_JOB, NUDGE_JOB, REFETCH_JOB, CATCH_UP_JOB, FORGET_JOB];
    const jobs = [DELIVERY_JOB, INBOUND_JOB, ...syncs];
    expect(Object.keys(KIND_OF_JOB).sort()).toEqual(jobs.sort());
  });
});
