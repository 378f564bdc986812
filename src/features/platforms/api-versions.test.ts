import { describe, expect, it } from 'vitest';
import { parseEnv } from '@/core/config/env';
import { endingApiVersions } from '@/features/platforms/api-versions';

const versions = (more: Partial<Parameters<typeof endingApiVersions>[0]> = {}) => ({
  FACEBOOK_API_VERSION: 'v25.0',
  INSTAGRAM_API_VERSION: 'v25.0',
  LINKEDIN_API_VERSION: '202607',
  ...more,
});

describe('ends of API versions', () => {
  it('are silent while there is time', () => {
    expect(endingApiVersions(versions(), new Date('2027-05-01'))).toEqual([]);
  });

  it('are told 60 days ahead, and after', () => {
    expect(endingApiVersions(versions(), new Date('2027-05-20'))).toEqual([
      'LinkedIn: version 202607 of its API ends on 2027-07-15; set LINKEDIN_API_VERSION to a newer one',
    ]);
    expect(endingApiVersions(versions({ FACEBOOK_API_VERSION: 'v20.0' }), new Date('2026-11-21'))).toEqual([
      'Facebook: version v20.0 of its API has ended; set FACEBOOK_API_VERSION to a newer one',
    ]);
  });

  it('are unknown for versions that came after us', () => {
    const newer = versions({ FACEBOOK_API_VERSION: 'v40.0', LINKEDIN_API_VERSION: '203001' });
    expect(endingApiVersions(newer, new Date('2028-01-01'))).toHaveLength(0);
  });

  it('do not concern what this release brings, as of its check', () => {
    const env = parseEnv({ NODE_ENV: 'test', APP_URL: 'http://localhost:3000' });
    expect(endingApiVersions(env, new Date('2026-11-21'))).toEqual([]);
  });
});
