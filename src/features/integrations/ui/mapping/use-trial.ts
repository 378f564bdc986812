'use client';
import { useMemo, useState } from 'react';
import type { PropertyView } from '../../connections/schema';
import type { DraftRow } from '../../mapping/rebase';
import { pathOfProperty } from '../../mapping/suggest';
import type { Connection } from '../connection';
import type { SampleSource } from './preview-panel';
import { usePreview } from './use-preview';
import { useSamples } from './use-vendor';
import { type RuleFaults, recordFrom } from './words';

interface TrialInput {
  connection: Connection;
  kind: { integrationType: string; entityType: string };
  rows: readonly DraftRow[];
  properties: readonly PropertyView[];
  /** Mappings that show a fault by themselves are not tried. */
  local: ReadonlyMap<string, RuleFaults>;
  reachable: boolean;
}

/** The record that mappings are tried on, and what becomes of it. */
export function useTrial({ connection, kind, rows, properties, local, reachable }: TrialInput) {
  const entity = kind.entityType;
  const [source, setSource] = useState<SampleSource>('live');
  const [chosen, setChosen] = useState<string | null>(null);
  const [pasted, setPasted] = useState('');
  // Only what the vendor knows is asked for: one field it does not know would fail the whole record.
  const known = useMemo(() => properties.map(pathOfProperty), [properties]);
  const fields = useMemo(
    () =>
      rows.flatMap(({ rule: { externalField } }) =>
        known.some((path) => externalField === path || /^[.[]/.test(rest(externalField, path)))
          ? [externalField]
          : [],
      ),
    [rows, known],
  );
  const samples = useSamples(connection.id, entity, {
    fields,
    chosen,
    enabled: reachable && source === 'live' && known.length > 0,
  });
  const record = useMemo(() => {
    if (source === 'live') return samples.sample?.record ?? null;
    const read = recordFrom(pasted);
    return 'record' in read ? read.record : null;
  }, [source, samples.sample, pasted]);
  const mappings = useMemo(
    () => rows.flatMap(({ key, rule }) => (Object.keys(local.get(key) ?? {}).length > 0 ? [] : [rule])),
    [rows, local],
  );
  const preview = usePreview(record && { ...kind, record, mappings });
  return {
    ...{ source, setSource, samples, pasted, setPasted, record, preview },
    choose: setChosen,
  };
}

/** What follows a path within another; empty where it lies elsewhere. */
function rest(path: string, outer: string): string {
  return path.startsWith(outer) ? path.slice(outer.length) : '';
}
