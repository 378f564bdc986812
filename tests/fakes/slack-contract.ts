import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { CONTRACTS_DIR } from './ai/contract';

type Json = Record<string, unknown>;
interface Operation {
  parameters: { name: string; in: string; required?: boolean }[];
  responses: Record<string, { schema: Json }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  definitions: Record<string, Json>;
}

/**
 * Slack's description of its Web API, archived in 2021: what it names holds, and what is younger is missing. So its objects are held
 * to be open, and of what is sent only required parameters and names are checked.
 */
export class SlackContract {
  readonly missing: string | undefined;
  readonly #document: Document | undefined;
  readonly #ajv = new Ajv({ strict: false, logger: false, validateFormats: false });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    const file = path.join(CONTRACTS_DIR, 'slack', 'web-api.json');
    if (!existsSync(file)) {
      this.missing = `no Slack description in ${CONTRACTS_DIR}: its fake is not validated`;
      return;
    }
    this.#document = opened(JSON.parse(readFileSync(file, 'utf8'))) as Document;
    this.#ajv.addSchema(this.#document as unknown as Json, 'doc');
  }

  /** Faults of what a client sent; methods that are not described have none. */
  request(method: string, name: string, sent: Iterable<string>): string[] {
    const operation = this.#document?.paths[`/${name}`]?.[method];
    if (!operation) return [];
    const given = new Set(sent);
    const known = operation.parameters.filter((one) => one.in !== 'header' && one.name !== 'token');
    return [
      ...[...given].filter((one) => !known.some((other) => other.name === one)).map((one) => `no ${one}`),
      ...known.filter((one) => one.required && !given.has(one.name)).map((one) => `${one.name} is missing`),
    ].map((fault) => `${name}: ${fault}`);
  }

  response(method: string, name: string, body: unknown): string[] {
    const operation = this.#document?.paths[`/${name}`]?.[method];
    if (!operation) return [];
    const kind = (body as { ok: boolean }).ok ? '200' : 'default';
    return this.#faults(name, `/paths/~1${name}/${method}/responses/${kind}/schema`, body);
  }

  /** @param name of a definition, such as `objs_user`. */
  object(name: string, value: unknown): string[] {
    return this.#document ? this.#faults(name, `/definitions/${name}`, value) : [];
  }

  #faults(name: string, at: string, value: unknown): string[] {
    const validate = this.#compiled.get(at) ?? this.#ajv.compile({ $ref: `doc#${at}` });
    this.#compiled.set(at, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${name}: ${instancePath} ${message}`);
  }
}

/** Alternatives of it overlap, and objects have grown. */
function opened(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(opened);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === 'additionalProperties' && value === false))
      .map(([key, value]) => [key === 'oneOf' ? 'anyOf' : key, opened(value)]),
  );
}
