'use client';
import { useTranslations } from 'next-intl';
import { useMemo, useRef, useState } from 'react';
import { toast } from '@/ui/toast';
import type { PropertyView } from '../../connections/schema';
import { changesOf, type DraftAction, isChanged } from '../../mapping/draft';
import type { DraftRow, StoredMapping } from '../../mapping/rebase';
import type { MappingRule } from '../../mapping/schema';
import { standardFields } from '../../mapping/standard';
import { ruleFor, suggestionsFor } from '../../mapping/suggest';
import type { Connection } from '../connection';
import { useDraft } from './use-draft';
import { useFaults } from './use-faults';
import { useTrial } from './use-trial';
import { useVendorFields } from './use-vendor';

const BLANK: MappingRule = {
  externalField: '',
  internalField: '',
  fieldType: 'string',
  isRequired: false,
  defaultValue: null,
  transformation: null,
  language: null,
  validation: {},
};

export interface MapperInput {
  connection: Connection;
  entity: string;
  live: readonly StoredMapping[];
  manage: boolean;
}

/** Everything the mapper shows and does, of one kind of record. */
export function useMapper({ connection, entity, live, manage }: MapperInput) {
  const t = useTranslations('mapping');
  const kind = useMemo(
    () => ({ integrationType: connection.type, entityType: entity }),
    [connection.type, entity],
  );
  const { draft, dispatch, save, saving, error, refused: refusals } = useDraft(live, kind);
  const { rows } = draft;
  const [editing, setEditing] = useState<string | null>(null);
  const reachable = manage && connection.status !== 'disconnected';
  const vendor = useVendorFields(connection.id, entity, reachable);
  const properties = useMemo(() => vendor.data?.items ?? [], [vendor.data]);
  const own = useMemo(() => standardFields(entity), [entity]);
  const { local, refused, faulty } = useFaults(rows, refusals);
  const trial = useTrial({ connection, kind, rows, properties, local, reachable });
  const suggestions = useSuggestions(kind, properties, rows);
  const edits = useEdits({ rows, dispatch, editing, setEditing });
  const changes = useMemo(() => changesOf(draft), [draft]);
  const submit = async () => {
    const saved = await save();
    if (!saved) return;
    setEditing(null);
    toast.success(t('saved'), { description: t('resync') });
  };
  return {
    ...{ draft, dispatch, rows, editing, setEditing, kind, own, properties, suggestions, vendor },
    ...{ local, refused, trial, changes, saving, error, submit, faulty },
    dirty: isChanged(changes),
    colliding: rows.filter(({ collision }) => collision !== null).length,
    missing: own.filter(
      ({ field, required }) => required && !rows.some((row) => row.rule.internalField === field),
    ),
    ...edits,
  };
}

export type MapperState = ReturnType<typeof useMapper>;

/** Ways to add and remove mappings; what is added is edited at once. */
function useEdits({
  rows,
  dispatch,
  editing,
  setEditing,
}: {
  rows: readonly DraftRow[];
  dispatch: (action: DraftAction) => void;
  editing: string | null;
  setEditing: (key: string | null) => void;
}) {
  const t = useTranslations('mapping');
  const made = useRef(0);
  /** @returns the key of the first that was added. */
  const put = (wanted: readonly { key: string | null; rule: MappingRule }[]): string | undefined => {
    const named = wanted.map(({ key, rule }) => {
      if (key !== null) return { key, rule };
      made.current += 1;
      return { key: `new-${made.current}`, rule };
    });
    dispatch({ do: 'put', rows: named });
    return named[0]?.key;
  };
  const begin = (rule: MappingRule) => setEditing(put([{ key: null, rule }]) ?? null);
  const remove = (key: string) => {
    const at = rows.findIndex((row) => row.key === key);
    const row = rows[at];
    if (!row) return;
    dispatch({ do: 'remove', key });
    if (editing === key) setEditing(null);
    toast(t('removed', { field: row.rule.externalField || t('row.noField') }), {
      action: { label: t('undo'), onClick: () => dispatch({ do: 'restore', row, at }) },
    });
  };
  return {
    put,
    remove,
    add: () => begin(BLANK),
    addFrom: (property: PropertyView) => begin(ruleFor(property, '')),
    addTo: (field: string, fieldType: MappingRule['fieldType']) =>
      begin({ ...BLANK, internalField: field, fieldType }),
  };
}

/** Worked out anew only when other fields are mapped: comparing all names takes a while. */
function useSuggestions(
  kind: { integrationType: string; entityType: string },
  properties: readonly PropertyView[],
  rows: readonly DraftRow[],
) {
  const mapped = JSON.stringify(rows.map(({ rule }) => [rule.externalField, rule.internalField]));
  return useMemo(() => {
    const pairs = JSON.parse(mapped) as [string, string][];
    return suggestionsFor(
      kind,
      properties,
      pairs.map(([externalField, internalField]) => ({ externalField, internalField })),
    );
  }, [kind, properties, mapped]);
}
