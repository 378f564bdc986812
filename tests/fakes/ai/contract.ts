import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export const CONTRACTS_DIR = path.resolve(process.env.CONTRACTS_DIR ?? '../shared/contracts');

type Json = Record<string, unknown>;

/**
 * A vendor's published API description. What goes to and comes from a fake is held against it; where the folder is absent
 * the fake runs all the same and {@link missing} says what was not checked.
 */
export class Contract {
  readonly missing: string | undefined;
  readonly #document: Json | undefined;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false, logger: false });
  readonly #compiled = new Map<string, ValidateFunction | undefined>();

  constructor(vendor: 'openai' | 'mistral' | 'notion') {
    const file = path.join(CONTRACTS_DIR, vendor, 'openapi.json');
    if (!existsSync(file)) {
      this.missing = `no ${vendor} description in ${CONTRACTS_DIR}: its fake is not validated`;
      return;
    }
    addFormats.default(this.#ajv);
    this.#document = asJsonSchema(JSON.parse(readFileSync(file, 'utf8'))) as Json;
    this.#ajv.addSchema(this.#document, 'doc');
  }

  /** Faults of a request body; empty when it is as described. */
  request(method: string, route: string, body: unknown): string[] {
    return this.#check(
      `/paths/${pointer(route)}/${method}/requestBody/content/application~1json/schema`,
      body,
    );
  }

  response(method: string, route: string, status: number, body: unknown): string[] {
    return this.#check(
      `/paths/${pointer(route)}/${method}/responses/${status}/content/application~1json/schema`,
      body,
    );
  }

  /** A value against a named schema, e.g. a streamed event. */
  schema(name: string, value: unknown): string[] {
    return this.#check(`/components/schemas/${name}`, value);
  }

  #check(at: string, value: unknown): string[] {
    const validate = this.#validator(at);
    if (!validate || validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${at}: ${instancePath || '/'} ${message}`,
    );
  }

  #validator(at: string): ValidateFunction | undefined {
    if (!this.#document) return undefined;
    if (!this.#compiled.has(at)) {
      const found = at
        .slice(1)
        .split('/')
        .reduce<unknown>(
          (node, key) => (node as Json | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
          this.#document,
        );
      this.#compiled.set(at, found ? this.#ajv.compile({ $ref: `doc#${encodeURI(at)}` }) : undefined);
    }
    return this.#compiled.get(at);
  }
}

/**
 * Two habits of these descriptions JSON Schema does not share: `nullable: true` means "or null", and `oneOf` lists
 * alternatives that overlap (a message with and without its `type`), of which any may hold.
 */
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

function pointer(route: string): string {
  return route.replaceAll('~', '~0').replaceAll('/', '~1');
}
