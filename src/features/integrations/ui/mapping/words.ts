import type { FieldType, MappingRule, PreviewView } from '../../mapping/schema';
import { mappingRuleSchema } from '../../mapping/schema';

/** What the mapper shows of values and faults. Pure. */

export const FIELD_TYPES: readonly FieldType[] = mappingRuleSchema.shape.fieldType.options;

export type ServerFault = PreviewView['errors'][number];

/** A value in one line. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The part of a mapping a fault is about. */
export type FaultPlace = keyof MappingRule;
export type RuleFaults = Partial<Record<FaultPlace, string>>;

/** What keeps a mapping from being saved, as far as it shows without asking the server. */
export function faultsOf(rule: MappingRule, twice: string | null): RuleFaults {
  const parsed = mappingRuleSchema.safeParse(rule);
  const found: RuleFaults = {};
  for (const { path, message } of parsed.error?.issues ?? []) {
    const place = path[0] as FaultPlace;
    found[place] ??= message;
  }
  if (twice !== null) found.externalField ??= twice;
  return found;
}

/** The line an expression's fault is in, and how far in; null where nobody said. Both counted from 1. */
export function placeOf(
  code: string,
  { line, character }: Pick<ServerFault, 'line' | 'character'>,
): { line: number; column: number | null; text: string } | null {
  const lines = code.split('\n');
  if (line !== undefined) {
    const text = lines[line - 1];
    return text === undefined ? null : { line, column: null, text };
  }
  if (character === undefined) return null;
  const before = code.slice(0, Math.max(0, character - 1)).split('\n');
  const at = before.length;
  return { line: at, column: (before.at(-1)?.length ?? 0) + 1, text: lines[at - 1] ?? '' };
}

/** A default as people write it; lists and what is not a text are JSON. */
export function defaultText(value: MappingRule['defaultValue']): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Numbers and truth values are converted with the field, as the vendor's texts are; a list is JSON. */
export function defaultFrom(text: string): MappingRule['defaultValue'] {
  if (text === '') return null;
  if (!text.trimStart().startsWith('[')) return text;
  try {
    const parsed = mappingRuleSchema.shape.defaultValue.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : text;
  } catch {
    // Half a list is a text until its end is written.
    return text;
  }
}

/** A vendor's record that somebody pasted, or why it is none. */
export function recordFrom(text: string): { record: Record<string, unknown> } | { fault: 'json' | 'object' } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { fault: 'json' };
  }
  const plain = parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed);
  return plain ? { record: parsed as Record<string, unknown> } : { fault: 'object' };
}
