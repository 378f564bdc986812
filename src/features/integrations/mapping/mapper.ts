import { convert } from './conversion';
import { type PlainRecord, readPath, writePath } from './paths';
import type { FieldValidation, MappingRule } from './schema';

export interface FieldFault {
  field: string;
  step: 'transformation' | 'conversion' | 'validation' | 'required';
  message: string;
}

/** A record of ours, with what could not be taken over. */
export interface Mapped {
  record: PlainRecord;
  errors: FieldFault[];
}

/** Where expressions and patterns run. */
export interface Expressions {
  evaluate(
    language: 'jsonata' | 'javascript',
    code: string,
    input: { value: unknown; record: unknown; context: unknown },
  ): Promise<unknown>;
  matches(pattern: string, text: string): Promise<boolean>;
}

/** A text with a `return` statement is JavaScript where nobody said otherwise. */
export function languageOf(rule: Pick<MappingRule, 'language' | 'transformation'>): 'jsonata' | 'javascript' {
  return (
    rule.language ?? (/(?:^|[;{}\s])return\b/.test(rule.transformation ?? '') ? 'javascript' : 'jsonata')
  );
}

/**
 * Maps one record: read → default → transformation → conversion → validation → required. A field that fails is left out and
 * named; the others are mapped all the same.
 */
export async function mapRecord(
  source: PlainRecord,
  rules: readonly MappingRule[],
  expressions: Expressions,
  context: PlainRecord = {},
): Promise<Mapped> {
  const mapped: Mapped = { record: {}, errors: [] };
  for (const rule of rules) {
    const read = readPath(source, rule.externalField);
    const value = isNothing(read) ? rule.defaultValue : read;
    // Most fields need no expression, and no turn of the event loop either.
    const plain = rule.transformation === null && rule.validation.pattern === undefined;
    const outcome = plain
      ? settle(value, rule)
      : await viaExpressions(value, rule, source, expressions, context);
    if ('fault' in outcome) mapped.errors.push({ field: rule.externalField, ...outcome.fault });
    else if (!writePath(mapped.record, rule.internalField, outcome.value))
      mapped.errors.push({ field: rule.externalField, step: 'conversion', message: IN_THE_WAY });
  }
  return mapped;
}

const IN_THE_WAY = 'Another mapping has put something of another form at this place.';

type Outcome = { value: unknown } | { fault: Omit<FieldFault, 'field'> };

async function viaExpressions(
  value: unknown,
  rule: MappingRule,
  record: PlainRecord,
  expressions: Expressions,
  context: PlainRecord,
): Promise<Outcome> {
  let changed = value;
  try {
    if (rule.transformation !== null)
      changed = await expressions.evaluate(languageOf(rule), rule.transformation, { value, record, context });
  } catch (error) {
    return {
      fault: { step: 'transformation', message: error instanceof Error ? error.message : String(error) },
    };
  }
  const outcome = settle(changed, rule);
  const { pattern } = rule.validation;
  if (pattern === undefined || 'fault' in outcome || typeof outcome.value !== 'string') return outcome;
  try {
    if (await expressions.matches(pattern, outcome.value)) return outcome;
    return { fault: { step: 'validation', message: 'It does not have the required form.' } };
  } catch (error) {
    return { fault: { step: 'validation', message: error instanceof Error ? error.message : String(error) } };
  }
}

function settle(value: unknown, rule: MappingRule): Outcome {
  const converted = convert(value, rule.fieldType, rule.validation);
  if (!converted.ok) return { fault: { step: 'conversion', message: converted.message } };
  const message = isNothing(converted.value) ? null : ruleFault(converted.value, rule.validation);
  if (message) return { fault: { step: 'validation', message } };
  if (rule.isRequired && isNothing(converted.value))
    return { fault: { step: 'required', message: 'This field must have a value.' } };
  return { value: converted.value };
}

function ruleFault(value: unknown, { min, max, minLength, maxLength }: FieldValidation): string | null {
  const number = typeof value === 'number' ? value : null;
  if (number !== null && min !== undefined && number < min) return `It must be at least ${min}.`;
  if (number !== null && max !== undefined && number > max) return `It must be at most ${max}.`;
  const length = typeof value === 'string' || Array.isArray(value) ? value.length : null;
  if (length !== null && minLength !== undefined && length < minLength)
    return `It is shorter than ${minLength}.`;
  if (length !== null && maxLength !== undefined && length > maxLength)
    return `It is longer than ${maxLength}.`;
  return null;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
