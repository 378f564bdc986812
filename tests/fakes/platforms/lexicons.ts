import fs from 'node:fs';
import path from 'node:path';
import { jsonToLex, type LexiconDoc, Lexicons } from '@atproto/lexicon';

/** Where vendors' published descriptions lie; outside the repository, and optional. */
export const CONTRACTS_DIR = path.resolve(process.env.CONTRACTS_DIR ?? '../shared/contracts');

/**
 * Checks calls against the network's published lexicons. Without them it checks nothing and says so by name; calls whose
 * lexicon is not among them are collected in `unchecked`.
 */
export class LexiconCheck {
  readonly #lexicons: Lexicons | undefined;
  readonly #known = new Set<string>();
  readonly unchecked = new Set<string>();
  checked = 0;

  constructor(directory = path.join(CONTRACTS_DIR, 'bluesky')) {
    if (!fs.existsSync(directory)) return;
    this.#lexicons = new Lexicons();
    for (const file of fs.readdirSync(directory).filter((name) => name.endsWith('.json'))) {
      const lexicon = JSON.parse(fs.readFileSync(path.join(directory, file), 'utf8')) as LexiconDoc;
      this.#lexicons.add(lexicon);
      this.#known.add(lexicon.id);
    }
  }

  /** Undefined when validation runs; else what is missing. */
  get missing(): string | undefined {
    return this.#lexicons ? undefined : `no Bluesky lexicons in ${CONTRACTS_DIR}: calls are not validated`;
  }

  input(nsid: string, value: unknown): void {
    this.#run(nsid, (lexicons) => lexicons.assertValidXrpcInput(nsid, jsonToLex(value as never)));
  }

  output(nsid: string, value: unknown): void {
    this.#run(nsid, (lexicons) => lexicons.assertValidXrpcOutput(nsid, jsonToLex(value as never)));
  }

  params(nsid: string, value: Record<string, unknown>): void {
    this.#run(nsid, (lexicons) => lexicons.assertValidXrpcParams(nsid, value));
  }

  record(nsid: string, value: unknown): void {
    this.#run(nsid, (lexicons) => lexicons.assertValidRecord(nsid, jsonToLex(value as never)));
  }

  #run(nsid: string, check: (lexicons: Lexicons) => unknown): void {
    if (!this.#lexicons) return;
    if (!this.#known.has(nsid)) {
      this.unchecked.add(nsid);
      return;
    }
    check(this.#lexicons);
    this.checked += 1;
  }
}
