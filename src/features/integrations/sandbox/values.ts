import { SANDBOX_FIELDS, type SandboxEntity, type SandboxField } from './entities.data';

/** Values as the sandbox CRM keeps them: all of them texts, nothing is null. Pure. */
export type SandboxValues = Record<string, string | null>;

export interface SandboxFault {
  field: string;
  message: string;
}

const LONGEST = 500;

/** What a record has once it took these values, or why it does not take them. */
export function taken(
  entity: SandboxEntity,
  before: SandboxValues,
  given: Readonly<Record<string, unknown>>,
): { values: SandboxValues; changed: boolean; faults: SandboxFault[] } {
  const values = { ...before };
  const faults: SandboxFault[] = [];
  for (const [name, value] of Object.entries(given)) {
    const field = SANDBOX_FIELDS[entity].find((one) => one.name === name);
    const kept = field ? textOf(value) : undefined;
    const message = !field
      ? 'There is no such field.'
      : kept === undefined
        ? 'This is not a text or a number.'
        : faultOf(field, kept);
    if (message !== null) faults.push({ field: name, message });
    else values[name] = kept ?? null;
  }
  for (const field of SANDBOX_FIELDS[entity])
    if (field.required && !values[field.name] && !faults.some((one) => one.field === field.name))
      faults.push({ field: field.name, message: `${field.label} is needed.` });
  const changed = Object.keys(values).some((name) => (values[name] ?? null) !== (before[name] ?? null));
  return { values, changed, faults };
}

/** Undefined for what is neither a text nor a number nor nothing. */
function textOf(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== 'string') return undefined;
  return value.trim() === '' ? null : value.trim();
}

function faultOf({ kind, options }: SandboxField, value: string | null): string | null {
  if (value === null) return null;
  if (value.length > LONGEST) return `At most ${LONGEST} letters.`;
  if (kind === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return 'This is not an email address.';
  if (kind === 'number' && !/^-?\d{1,15}(\.\d{1,6})?$/.test(value)) return 'Write a number as 1234.50.';
  if (kind === 'date' && !isDay(value)) return 'Write a day as 2026-03-29.';
  if (options && !options.some((one) => one.value === value))
    return `Allowed are ${options.map((one) => one.value).join(', ')}.`;
  return null;
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}
