import { z } from 'zod';
import { jsonOf } from '../delivery';
import type { ToldChange } from '../types';

/** Often subscribed to, and about nothing that is synced. */
const UNRELATED: ReadonlySet<string> = new Set(['ping', 'push', 'pull_request', 'star', 'workflow_run']);

const repository = z.looseObject({
  // Names are told apart without regard to case, and kept in small letters here.
  full_name: z
    .string()
    .toLowerCase()
    .regex(/^[\w.-]+\/[\w.-]+$/),
});
const issueEvent = z.looseObject({
  repository,
  issue: z.looseObject({ number: z.int().positive(), pull_request: z.unknown().optional() }),
});
const releaseEvent = z.looseObject({ repository, release: z.looseObject({ id: z.int() }) });

/** What one of GitHub's events names. @see https://docs.github.com/webhooks/webhook-events-and-payloads */
export function toldByGitHub(delivery: Uint8Array, topic: string): readonly ToldChange[] | null {
  if (UNRELATED.has(topic)) return [];
  // A comment counts among an issue's own values.
  if (topic === 'issues' || topic === 'issue_comment') return issueOf(delivery);
  // Releases are read whole, as their list is: a draft that is published is none that was known.
  if (topic === 'release' && releaseEvent.safeParse(jsonOf(delivery)).success)
    return [{ entity: 'release', hint: { kind: 'some' } }];
  // A repository that was renamed or is gone, for one: no id of it is what it was.
  return null;
}

function issueOf(delivery: Uint8Array): readonly ToldChange[] | null {
  const read = issueEvent.safeParse(jsonOf(delivery));
  if (!read.success) return null;
  const { issue, repository: of } = read.data;
  if (issue.pull_request) return [];
  return [{ entity: 'issue', hint: { kind: 'records', ids: [`${of.full_name}#${issue.number}`] } }];
}
