import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';
import { CONTRACTS_DIR } from '../ai/contract';

type Json = Record<string, unknown>;
interface Document {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Json }> } }>>;
  components: { schemas: Record<string, Json & { properties?: Json; required?: string[] }> };
}

/**
 * Request parameters and values that are newer than the published description (2023-08-16). They are in the SDK's types, which
 * are today's; everything else we send must be in the description.
 */
const NEWER_PARAMETERS: Record<string, readonly string[]> = {
  'post /v1/checkout/sessions': ['subscription_data.billing_cycle_anchor_config'],
};
/** Enumerations that have grown or been renamed since. */
const NEWER_VALUES = new Set(['/ui_mode']);

/**
 * Stripe's own description and today's example objects. Objects are held against the description; of its required fields those
 * that today's example no longer has are not asked for, and a field that neither knows is a fault.
 */
export class StripeContract {
  readonly missing: string | undefined;
  readonly #document: Document | undefined;
  readonly #examples: Record<string, Json> = {};
  readonly #answers = new Ajv2020({ strict: false, logger: false, validateFormats: false });
  readonly #requests = new Ajv2020({
    strict: false,
    logger: false,
    validateFormats: false,
    coerceTypes: 'array',
  });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    const folder = path.join(CONTRACTS_DIR, 'stripe');
    const description = path.join(folder, 'openapi.2023-08-16.json');
    const examples = path.join(folder, 'fixtures3.json');
    if (!existsSync(description) || !existsSync(examples)) {
      this.missing = `no Stripe description in ${CONTRACTS_DIR}: its fake is not validated`;
      return;
    }
    this.#document = asJsonSchema(JSON.parse(readFileSync(description, 'utf8'))) as Document;
    this.#examples = (
      JSON.parse(readFileSync(examples, 'utf8')) as { resources: Record<string, Json> }
    ).resources;
    for (const schema of Object.values(this.#document.components.schemas)) this.#relax(schema);
    this.#answers.addSchema(this.#document as unknown as Json, 'doc');
    this.#requests.addSchema(this.#document as unknown as Json, 'doc');
  }

  /** Faults of an object the fake answers; empty when it is as described. */
  object(value: unknown): string[] {
    const { object: name, data } = value as { object?: string; data?: unknown[] };
    if (!this.#document || typeof name !== 'string') return [];
    if (name === 'list') return (data ?? []).flatMap((one) => this.object(one));
    const schema = this.#document.components.schemas[name];
    if (!schema) return [`${name} is not an object of Stripe`];
    const example = this.#examples[name];
    const known = new Set([...Object.keys(schema.properties ?? {}), ...Object.keys(example ?? {})]);
    const invented = example ? Object.keys(value as Json).filter((key) => !known.has(key)) : [];
    const validate = this.#compile(this.#answers, `/components/schemas/${name}`);
    const faults = validate(value) ? [] : (validate.errors ?? []);
    return [
      ...invented.map((key) => `${name}: ${key} is in neither description nor example`),
      ...faults
        .filter((fault) => !NEWER_VALUES.has(fault.instancePath))
        .map((fault) => `${name}: ${fault.instancePath || '/'} ${fault.message}`),
    ];
  }

  /** Faults of a form a client sent. @param route as in the description: `/v1/customers/{customer}`. */
  request(method: string, route: string, form: unknown): string[] {
    const described = this.#document?.paths[route]?.[method]?.requestBody;
    if (!described) return [];
    const at = `/paths/${route.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/requestBody/content/application~1x-www-form-urlencoded/schema`;
    const validate = this.#compile(this.#requests, at);
    const body = structuredClone(form) as Json;
    for (const name of NEWER_PARAMETERS[`${method} ${route}`] ?? []) without(body, name.split('.'));
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      (fault) =>
        `${method} ${route}: ${fault.instancePath || '/'} ${fault.message} ${JSON.stringify(fault.params)}`,
    );
  }

  #relax(schema: Json & { properties?: Json; required?: string[] }): void {
    const name = ((schema.properties?.object as { enum?: string[] } | undefined)?.enum ?? [])[0];
    const example = name ? this.#examples[name] : undefined;
    if (example && schema.required) schema.required = schema.required.filter((field) => field in example);
  }

  #compile(ajv: Ajv2020, at: string): ValidateFunction {
    const known = this.#compiled.get(at);
    if (known) return known;
    const made = ajv.compile({ $ref: `doc#${encodeURI(at)}` });
    this.#compiled.set(at, made);
    return made;
  }
}

function without(node: Json, [first, ...rest]: string[]): void {
  if (first === undefined || node === undefined) return;
  if (rest.length === 0) delete node[first];
  else if (node[first]) without(node[first] as Json, rest);
}

/** `nullable` means "or null"; alternatives of these descriptions overlap. */
function asJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asJsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = node as Json;
  const schema = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key === 'oneOf' && Array.isArray(value) ? 'anyOf' : key,
      asJsonSchema(value),
    ]),
  );
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}
