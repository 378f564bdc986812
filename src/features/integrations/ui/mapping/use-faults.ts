'use client';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { ApiProblem } from '@/client/api';
import type { DraftRow } from '../../mapping/rebase';
import { faultsOf, type RuleFaults } from './words';

/** What is wrong with which row: what shows by itself, and what the server refused of a save. */
export function useFaults(rows: readonly DraftRow[], error: unknown) {
  const t = useTranslations('mapping.row');
  const local = useMemo(() => localFaults(rows, t('twice')), [rows, t]);
  const refused = useMemo(() => refusedRows(error, rows), [error, rows]);
  const faulty = [...local.values()].filter((found) => Object.keys(found).length > 0).length;
  return { local, refused, faulty };
}

function localFaults(rows: readonly DraftRow[], twice: string): ReadonlyMap<string, RuleFaults> {
  const seen = new Set<string>();
  return new Map(
    rows.map(({ key, rule }) => {
      const again = rule.externalField !== '' && seen.has(rule.externalField);
      seen.add(rule.externalField);
      return [key, faultsOf(rule, again ? twice : null)];
    }),
  );
}

/** What the server refused of a save, by row. */
function refusedRows(error: unknown, rows: readonly DraftRow[]): ReadonlyMap<string, string> {
  if (!(error instanceof ApiProblem)) return new Map();
  return new Map(
    error.errors.flatMap(({ path, message }): [string, string][] => {
      const key = rows[Number(/^body\.mappings\.(\d+)/.exec(path)?.[1] ?? -1)]?.key;
      return key === undefined ? [] : [[key, message]];
    }),
  );
}
