import 'server-only';
import { openApiDocument } from './document';

/** The OpenAPI document arranged for reading: tags, their operations, and each schema as rows. */
export interface SchemaRow {
  path: string;
  type: string;
  required: boolean;
  note: string;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  access: string;
  permission: string | null;
  parameters: SchemaRow[];
  body: SchemaRow[];
  success: { status: string; rows: SchemaRow[]; note: string };
  curl: string;
}

export interface TagGroup {
  tag: string;
  operations: Operation[];
}

type Json = Record<string, unknown>;

const MAX_ROWS = 120;

/** JSON Schema as flat rows with dotted paths; alternatives and deep nests stay readable as their type's name. */
export function schemaRows(schema: Json | undefined, prefix = '', required = false, depth = 0): SchemaRow[] {
  if (!schema) return [];
  const own: SchemaRow[] = prefix
    ? [{ path: prefix, type: typeName(schema), required, note: noteOf(schema) }]
    : [];
  if (depth > 6) return own;
  const items = schema.items as Json | undefined;
  if (schema.type === 'array' && items)
    return [
      ...own,
      ...schemaRows(items, `${prefix}[]`, true, depth + 1).filter((row) => row.path !== `${prefix}[]`),
    ];
  const wanted = new Set((schema.required as string[] | undefined) ?? []);
  const inner = Object.entries((schema.properties as Record<string, Json> | undefined) ?? {}).flatMap(
    ([name, property]) =>
      schemaRows(property, prefix ? `${prefix}.${name}` : name, wanted.has(name), depth + 1),
  );
  return [...own, ...inner].slice(0, MAX_ROWS);
}

function typeName(schema: Json): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  const options = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (options) return [...new Set(options.map(typeName))].join(' | ');
  if (schema.type === 'array') return `${typeName((schema.items as Json | undefined) ?? {})}[]`;
  if (typeof schema.format === 'string') return `${schema.type} (${schema.format})`;
  return typeof schema.type === 'string' ? schema.type : 'any';
}

function noteOf(schema: Json): string {
  const notes: string[] = [];
  if (typeof schema.description === 'string') notes.push(schema.description);
  const bound = (low: string, high: string, unit: string) => {
    const [min, max] = [schema[low], schema[high]];
    // Whole-number schemas carry the type's own bounds, which tell nobody anything.
    const telling = (value: unknown) =>
      typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;
    if (telling(min) && telling(max)) notes.push(`${min} to ${max}${unit}`);
    else if (telling(min) && min !== 0) notes.push(`at least ${min}${unit}`);
    else if (telling(max)) notes.push(`at most ${max}${unit}`);
  };
  bound('minimum', 'maximum', '');
  bound('minLength', 'maxLength', ' characters');
  bound('minItems', 'maxItems', ' items');
  if ('default' in schema) notes.push(`default ${JSON.stringify(schema.default)}`);
  return notes.join('; ');
}

const ACCESS: Record<string, string> = {
  session: 'Signed in',
  apiKey: 'API key',
  cron: 'Cron secret',
  bearer: 'ID token',
};

function operationOf(path: string, method: string, raw: Json): Operation {
  const security = (raw.security as Json[])
    .flatMap((entry) => Object.keys(entry))
    .map((name) => ACCESS[name] ?? name);
  const parameters = (raw.parameters as Json[]).map((parameter) => ({
    path: `${parameter.name} (${parameter.in})`,
    type: typeName(parameter.schema as Json),
    required: parameter.required === true,
    note: [parameter.description, noteOf(parameter.schema as Json)].filter(Boolean).join(' '),
  }));
  const bodySchema = (((raw.requestBody as Json)?.content as Json)?.['application/json'] as Json)?.schema as
    | Json
    | undefined;
  const [status = '200', answer] =
    Object.entries(raw.responses as Record<string, Json>).find(([code]) => code.startsWith('2')) ?? [];
  const answerSchema = ((answer?.content as Json)?.['application/json'] as Json)?.schema as Json | undefined;
  return {
    id: String(raw.operationId),
    method: method.toUpperCase(),
    path,
    summary: String(raw.summary),
    description: typeof raw.description === 'string' ? raw.description : '',
    access: security.length > 0 ? security.join(' or ') : 'Public',
    permission: typeof raw['x-permission'] === 'string' ? raw['x-permission'] : null,
    parameters,
    body: schemaRows(bodySchema),
    success: { status, rows: schemaRows(answerSchema), note: String(answer?.description ?? '') },
    curl: curlOf(path, method, Boolean(bodySchema)),
  };
}

function curlOf(path: string, method: string, body: boolean): string {
  const lines = [
    `curl -X ${method.toUpperCase()} "$IRISYNC_URL${path}"`,
    '  -H "Authorization: Bearer $IRISYNC_API_KEY"',
  ];
  if (body) lines.push('  -H "Content-Type: application/json"', "  -d '{ … }'");
  return lines.join(' \\\n');
}

/** Every operation a caller may want, by tag; cron entries are for the operator and stay in the JSON only. */
export function apiReference(): TagGroup[] {
  const document = openApiDocument() as { paths: Record<string, Record<string, Json>> };
  const groups = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    if (path.startsWith('/api/cron/')) continue;
    for (const [method, raw] of Object.entries(methods)) {
      const tag = String((raw.tags as string[])[0] ?? 'Other');
      groups.set(tag, [...(groups.get(tag) ?? []), operationOf(path, method, raw)]);
    }
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b)).map(([tag, operations]) => ({ tag, operations }));
}
