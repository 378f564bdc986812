import { capitalised, keyPhrases, seeded, sentencesOf } from './words';

type JsonSchema = Record<string, unknown>;

/**
 * A value that satisfies any JSON Schema, written from the words of the prompt: what the sandbox answers when it is asked
 * for data it has no composer for.
 */
export function fillSchema(schema: JsonSchema, source: string): unknown {
  const sentences = sentencesOf(source);
  const filler: Filler = {
    random: seeded(source),
    phrases: keyPhrases(source, 12),
    sentences: sentences.length > 0 ? sentences : [source || 'Sandbox'],
    root: schema,
    used: 0,
  };
  return fill(schema, 'value', filler, 0);
}

interface Filler {
  random: () => number;
  phrases: string[];
  sentences: string[];
  root: JsonSchema;
  used: number;
}

function fill(schema: JsonSchema, name: string, filler: Filler, depth: number): unknown {
  const resolved = resolve(schema, filler.root);
  if (resolved.const !== undefined) return resolved.const;
  if (Array.isArray(resolved.enum)) return resolved.enum[Math.floor(filler.random() * resolved.enum.length)];
  const options = (resolved.anyOf ?? resolved.oneOf) as JsonSchema[] | undefined;
  if (options?.length) return fill(options[0] as JsonSchema, name, filler, depth);
  const type = Array.isArray(resolved.type) ? resolved.type.find((one) => one !== 'null') : resolved.type;
  if (type === 'object' || resolved.properties) return fillObject(resolved, filler, depth);
  if (type === 'array') return fillArray(resolved, name, filler, depth);
  if (type === 'integer' || type === 'number') return fillNumber(resolved, type, filler);
  if (type === 'boolean') return filler.random() < 0.5;
  if (type === 'null') return null;
  return fillText(resolved, name, filler);
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref !== 'string' || !$ref.startsWith('#/')) return schema;
  let node: unknown = root;
  for (const key of $ref.slice(2).split('/')) node = (node as JsonSchema | undefined)?.[key];
  return (node as JsonSchema | undefined) ?? {};
}

function fillObject(schema: JsonSchema, filler: Filler, depth: number): JsonSchema {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const required = new Set((schema.required as string[] | undefined) ?? Object.keys(properties));
  // Recursive schemas end by leaving out what they allow to be absent.
  const wanted = Object.entries(properties).filter(([key]) => depth < 4 || required.has(key));
  return Object.fromEntries(wanted.map(([key, inner]) => [key, fill(inner, key, filler, depth + 1)]));
}

function fillArray(schema: JsonSchema, name: string, filler: Filler, depth: number): unknown[] {
  const min = (schema.minItems as number | undefined) ?? 1;
  const max = (schema.maxItems as number | undefined) ?? Math.max(min, 3);
  const length = depth > 4 ? min : Math.min(max, Math.max(min, 2));
  const items = (schema.items ?? { type: 'string' }) as JsonSchema;
  return Array.from({ length }, () => fill(items, name, filler, depth + 1));
}

function fillNumber(schema: JsonSchema, type: string, filler: Filler): number {
  const min = (schema.minimum as number | undefined) ?? 0;
  const max = (schema.maximum as number | undefined) ?? Math.max(min + 1, 100);
  const value = min + filler.random() * (max - min);
  return type === 'integer' ? Math.round(value) : Math.round(value * 100) / 100;
}

const LABELS = /title|name|label|topic|keyword|tag|key|category/i;

function fillText(schema: JsonSchema, name: string, filler: Filler): string {
  if (schema.format === 'date') return '2026-01-01';
  if (schema.format === 'date-time') return '2026-01-01T09:00:00Z';
  if (schema.format === 'uri' || schema.format === 'url') return 'https://example.com/';
  if (schema.format === 'email') return 'someone@example.com';
  const index = filler.used;
  filler.used += 1;
  const phrase = filler.phrases[index % Math.max(1, filler.phrases.length)];
  const text =
    LABELS.test(name) && phrase
      ? capitalised(phrase)
      : (filler.sentences[index % filler.sentences.length] ?? capitalised(name));
  const min = (schema.minLength as number | undefined) ?? 0;
  const max = (schema.maxLength as number | undefined) ?? Number.POSITIVE_INFINITY;
  return text.padEnd(min, '.').slice(0, max);
}
