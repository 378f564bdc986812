import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACTS_DIR } from '@tests/fakes/ai/contract';
import { expect, it } from 'vitest';
import { toldByGitHub } from '@/features/integrations/providers/github/told';

const published = (name: string) => join(CONTRACTS_DIR, 'github', `${name}.json`);

it('what GitHub’s own examples of deliveries name is read', () => {
  if (!existsSync(published('issues.opened'))) {
    console.warn('ABSENT: no examples of GitHub’s deliveries: only those of the unit tests are read');
    return;
  }
  const read = (name: string) => toldByGitHub(readFileSync(published(name)), name.split('.')[0] ?? '');
  expect(read('issues.opened')).toEqual([
    { entity: 'issue', hint: { kind: 'records', ids: ['codertocat/hello-world#1'] } },
  ]);
  expect(read('release.published')).toEqual([{ entity: 'release', hint: { kind: 'some' } }]);
  expect([read('pull_request.opened'), read('push'), read('ping')]).toEqual([[], [], []]);
});
