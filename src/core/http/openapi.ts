import { z } from 'zod';
import { problemSchema } from './problem';
import type { AnyRouteDefinition } from './route-definition';

type Json = Record<string, unknown>;

const SECURITY: Record<AnyRouteDefinition['auth'], Json[]> = {
  public: [],
  webhook: [],
  user: [{ session: [] }, { bearer: [] }],
  member: [{ session: [] }, { bearer: [] }, { apiKey: [] }],
  apiKey: [{ apiKey: [] }],
  cron: [{ cron: [] }],
};

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description });

/** Dates travel as ISO 8601 strings; everything else is what zod says. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: made }) => {
      if (zodSchema._zod.def.type === 'date') Object.assign(made, { type: 'string', format: 'date-time' });
    },
  });
  return rest as Json;
}

function parameters(definition: AnyRouteDefinition): Json[] {
  const rows: Json[] = [];
  for (const [schema, where] of [
    [definition.params, 'path'],
    [definition.query, 'query'],
  ] as const) {
    if (!schema) continue;
    const made = jsonSchema(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
    for (const [name, property] of Object.entries(made.properties ?? {})) {
      rows.push({
        name,
        in: where,
        required: where === 'path' || (made.required ?? []).includes(name),
        schema: property,
      });
    }
  }
  if (definition.auth === 'member') {
    rows.push({
      name: 'X-Organization-Id',
      in: 'header',
      required: false,
      description: 'The organisation to act in. Without it, your default organisation.',
      schema: { type: 'string' },
    });
  }
  if (definition.idempotency) {
    rows.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'Repeat a request under the same key and you get the first answer again, for 24 hours.',
      schema: { type: 'string', maxLength: 255 },
    });
  }
  if (definition.ifMatch) {
    rows.push({
      name: 'If-Match',
      in: 'header',
      required: true,
      description: 'The version you read. If somebody changed it since, you get 409 stale_version.',
      schema: { type: 'string' },
    });
  }
  return rows;
}

function success(definition: AnyRouteDefinition): [string, Json] {
  if (definition.response === 'empty') return [String(definition.status ?? 204), { description: 'Done.' }];
  if (definition.response === 'stream') {
    return [String(definition.status ?? 200), { description: 'A stream or file; see the description.' }];
  }
  return [
    String(definition.status ?? 200),
    {
      description: 'Success.',
      content: { 'application/json': { schema: jsonSchema(definition.response, 'output') } },
    },
  ];
}

function operation(definition: AnyRouteDefinition): Json {
  const problem = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });
  const open = definition.auth === 'public' || definition.auth === 'webhook';
  return {
    operationId: `${definition.method.toLowerCase()}_${definition.path.replace(/^\/api\//, '').replaceAll(/[^a-zA-Z0-9]+/g, '_')}`,
    summary: definition.summary,
    ...(definition.description ? { description: definition.description } : {}),
    tags: [definition.tag],
    security: SECURITY[definition.auth],
    ...(definition.permission ? { 'x-permission': definition.permission } : {}),
    parameters: parameters(definition),
    ...(definition.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(definition.body, 'input') } },
          },
        }
      : {}),
    responses: Object.fromEntries([
      success(definition),
      ['400', problem('The input is wrong; `errors` names each fault.')],
      ...(open
        ? []
        : [
            ['401', problem('Not signed in.')],
            ['403', problem('Not allowed.')],
            ['404', problem('Not found.')],
          ]),
      ['429', problem('Too many requests; see Retry-After.')],
      ['500', problem('Our fault; quote the request id.')],
    ]),
  };
}

/** OpenAPI 3.1 from the very definitions the routes run on; cron and webhook receivers are included, marked by their security. */
export function buildOpenApi(
  definitions: readonly AnyRouteDefinition[],
  info: { version: string; serverUrl: string },
): Json {
  const paths: Record<string, Json> = {};
  for (const definition of [...definitions].sort((a, b) => a.path.localeCompare(b.path))) {
    const path = definition.path.replaceAll(/\[(?:\.\.\.)?(\w+)\]/g, '{$1}');
    paths[path] = { ...paths[path], [definition.method.toLowerCase()]: operation(definition) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'IriSync API',
      version: info.version,
      description:
        'Write with AI, publish everywhere, measure. Errors are application/problem+json with a stable `code`.',
    },
    servers: [{ url: info.serverUrl }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__session' },
        bearer: bearer('A Firebase ID token.'),
        apiKey: bearer('An API key of your organisation: irs_…'),
        cron: bearer('CRON_SECRET of this installation.'),
      },
    },
  };
}
