'use client';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import type { DraftRow } from '../../mapping/rebase';
import { sameRule } from '../../mapping/rule';
import type { Refusals } from './use-draft';
import { faultsOf, type RuleFaults } from './words';

/** What is wrong with which row: what shows by itself, and what the server refused and nobody changed since. */
export function useFaults(rows: readonly DraftRow[], refusals: Refusals) {
  const t = useTranslations('mapping.row');
  const local = useMemo(() => localFaults(rows, t('twice')), [rows, t]);
  const refused = useMemo(
    () =>
      new Map(
        rows.flatMap(({ key, rule }): [string, string][] => {
          const found = refusals.get(key);
          return found && sameRule(found.rule, rule) ? [[key, found.message]] : [];
        }),
      ),
    [rows, refusals],
  );
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
