import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

/** Keywords vendors' constrained decoding refuses; zod checks them afterwards all the same. */
const DROPPED = new Set([
  '$schema',
  '$id',
  'default',
  'examples',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'contentEncoding',
]);

/** The JSON Schema of a zod object, in the strict subset that native schema modes accept. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return strictSubset(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema);
}

/**
 * Closes every object and drops what constrained decoding refuses.
 * https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas
 */
export function strictSubset(schema: JsonSchema): JsonSchema {
  return walk(schema) as JsonSchema;
}

function walk(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(walk);
  if (typeof node !== 'object' || node === null) return node;
  const out: JsonSchema = {};
  for (const [key, value] of Object.entries(node)) {
    if (DROPPED.has(key)) continue;
    out[key] = key === 'properties' || key === '$defs' ? mapValues(value) : walk(value);
  }
  if (out.type === 'object' && out.properties) out.additionalProperties = false;
  return out;
}

function mapValues(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
}

/** Strict modes want every property required at every level. */
export function isFullyRequired(node: unknown): boolean {
  if (Array.isArray(node)) return node.every(isFullyRequired);
  if (typeof node !== 'object' || node === null) return true;
  const schema = node as JsonSchema;
  if (schema.type === 'object') {
    const names = Object.keys((schema.properties as JsonSchema | undefined) ?? {});
    const required = new Set((schema.required as string[] | undefined) ?? []);
    if (!schema.properties || names.some((name) => !required.has(name))) return false;
  }
  return Object.values(schema).every(isFullyRequired);
}

/** What a model without a native schema mode is told. */
export function schemaInstruction(schema: JsonSchema): string {
  return [
    'Answer with one JSON object and nothing else: no prose, no code fence.',
    'It must match this JSON Schema:',
    JSON.stringify(schema),
  ].join('\n');
}

/** Reads JSON out of a model's answer: bare, fenced, or with a sentence around it. Undefined when there is none. */
export function parseModelJson(text: string): unknown {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/.exec(text)?.[1];
  for (const candidate of [text, fenced, between(text, '{', '}'), between(text, '[', ']')]) {
    if (candidate === undefined) continue;
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      // Try the next reading of the answer.
    }
  }
  return undefined;
}

function between(text: string, open: string, close: string): string | undefined {
  const start = text.indexOf(open);
  const end = text.lastIndexOf(close);
  return start >= 0 && end > start ? text.slice(start, end + 1) : undefined;
}
