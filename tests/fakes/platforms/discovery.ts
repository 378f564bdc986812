import fs from 'node:fs';
import path from 'node:path';
import { CONTRACTS_DIR } from './lexicons';

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
}
interface Method {
  parameters: Record<string, { required?: boolean; enum?: string[]; location?: string }>;
  request?: Schema;
  response?: Schema;
}
interface Discovery {
  parameters: Record<string, unknown>;
  schemas: Record<string, Schema>;
  resources: Record<string, Resource>;
}
interface Resource {
  methods?: Record<string, Method>;
  resources?: Record<string, Resource>;
}

/**
 * Checks calls against a Google API's discovery document: parameters and fields that the API does not know are violations.
 * Without the document it checks nothing and says so by name.
 */
export class DiscoveryCheck {
  readonly #document: Discovery | undefined;
  readonly violations: string[] = [];
  readonly unchecked = new Set<string>();
  checked = 0;

  constructor(file = path.join(CONTRACTS_DIR, 'google', 'youtube.v3.discovery.json')) {
    if (fs.existsSync(file)) this.#document = JSON.parse(fs.readFileSync(file, 'utf8')) as Discovery;
  }

  get missing(): string | undefined {
    return this.#document ? undefined : `no Google discovery document in ${CONTRACTS_DIR}`;
  }

  /** @param id `videos.update`. */
  request(id: string, query: URLSearchParams, body?: unknown): void {
    const method = this.#method(id);
    if (!method || !this.#document) return;
    this.checked += 1;
    for (const name of query.keys()) {
      const known = name in method.parameters || name in this.#document.parameters || name === 'uploadType';
      if (!known) this.violations.push(`${id}: no parameter ${name}`);
    }
    for (const [name, { required, location }] of Object.entries(method.parameters)) {
      if (required && location !== 'path' && !query.has(name))
        this.violations.push(`${id}: ${name} is missing`);
    }
    if (body !== undefined && method.request) this.#value(id, method.request, body);
  }

  response(id: string, body: unknown): void {
    const method = this.#method(id);
    if (method?.response) this.#value(`${id} answer`, method.response, body);
  }

  #method(id: string): Method | undefined {
    const names = id.split('.');
    const name = names.pop() ?? '';
    let resource: Resource | undefined = this.#document;
    for (const one of names) resource = resource?.resources?.[one];
    const method = resource?.methods?.[name];
    if (this.#document && !method) this.unchecked.add(id);
    return method;
  }

  #value(at: string, schema: Schema, value: unknown): void {
    if (schema.$ref) {
      this.#value(at, this.#document?.schemas[schema.$ref] ?? {}, value);
      return;
    }
    if (schema.type === 'any') return;
    if (schema.type === 'array') {
      if (!Array.isArray(value)) this.violations.push(`${at}: not a list`);
      else for (const item of value) this.#value(`${at}[]`, schema.items ?? {}, item);
      return;
    }
    if (schema.type === 'object') {
      this.#object(at, schema, value);
      return;
    }
    const expected = schema.type === 'integer' ? 'number' : schema.type;
    if (expected && typeof value !== expected) this.violations.push(`${at}: not a ${expected}`);
    if (schema.enum && !schema.enum.includes(String(value)))
      this.violations.push(`${at}: ${value} is none of its values`);
  }

  #object(at: string, schema: Schema, value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      this.violations.push(`${at}: not an object`);
      return;
    }
    for (const [name, inner] of Object.entries(value)) {
      const known = schema.properties?.[name] ?? schema.additionalProperties;
      if (known) this.#value(`${at}.${name}`, known, inner);
      else this.violations.push(`${at}: no field ${name}`);
    }
  }
}
