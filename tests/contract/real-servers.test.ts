import { describe, expect, it } from 'vitest';
import { mastodonSteps } from './real-mastodon';
import { pdsSteps } from './real-pds';
import { realServers } from './real-servers';

/** The providers against servers of other people's making; see docs/real-servers.md for how to start some. */

const servers = realServers(process.env);
for (const line of servers.absent) console.warn(`ABSENT: ${line}`);

describe('which servers are there', () => {
  const pds = {
    REAL_PDS_URL: 'http://localhost:2583/',
    REAL_PDS_HANDLE: 'iris.test',
    REAL_PDS_APP_PASSWORD: 'abcd',
  };

  it('takes what the environment names, and names what is missing', () => {
    expect(realServers({}).absent.join()).toMatch(/REAL_PDS_URL.*REAL_MASTODON_TOKEN/);
    expect(realServers(pds)).toEqual({
      pds: { url: 'http://localhost:2583', handle: 'iris.test', appPassword: 'abcd' },
      absent: [expect.stringContaining('REAL_MASTODON_URL')],
    });
  });

  it('takes half a server for a slip', () => {
    expect(() => realServers({ ...pds, REAL_PDS_HANDLE: '' })).toThrow('Also needed: REAL_PDS_HANDLE.');
    expect(() => realServers({ REAL_MASTODON_TOKEN: 'x' })).toThrow('Also needed: REAL_MASTODON_URL.');
  });
});

const { pds, mastodon } = servers;
if (pds) describe('a real Personal Data Server', () => pdsSteps(pds));
if (mastodon) describe('a real Mastodon server', () => mastodonSteps(mastodon));
