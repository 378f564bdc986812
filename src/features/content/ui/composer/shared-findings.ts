import type { Finding } from '@/features/platforms/finding-schema';
import type { ChannelCheck } from './use-checks';

export interface SortedFindings {
  /** Warnings that every checked channel has: said once. */
  shared: Finding[];
  /** What is left for each channel; errors always are. */
  own: ReadonlyMap<string, Finding[]>;
}

const keyOf = (finding: Finding) => `${finding.code} ${finding.path} ${finding.message}`;

/** The same warning on every channel (a picture without description) is one warning, not one per channel. */
export function sortFindings(
  checks: ReadonlyMap<string, Pick<ChannelCheck, 'findings'>>,
  connectionIds: readonly string[],
): SortedFindings {
  const lists = connectionIds.flatMap((id) => {
    const check = checks.get(id);
    return check ? [[id, check.findings] as const] : [];
  });
  const counts = new Map<string, { finding: Finding; count: number }>();
  for (const [, findings] of lists) {
    for (const finding of findings) {
      if (finding.severity === 'error') continue;
      const seen = counts.get(keyOf(finding));
      counts.set(keyOf(finding), { finding, count: (seen?.count ?? 0) + 1 });
    }
  }
  const everywhere = new Set(
    lists.length < 2 ? [] : [...counts].filter(([, { count }]) => count === lists.length).map(([key]) => key),
  );
  return {
    shared: [...counts].filter(([key]) => everywhere.has(key)).map(([, { finding }]) => finding),
    own: new Map(lists.map(([id, findings]) => [id, findings.filter((one) => !everywhere.has(keyOf(one)))])),
  };
}
