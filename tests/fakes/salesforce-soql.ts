/** The part of SOQL that our queries are written in, read and answered as Salesforce does. */

export interface Soql {
  fields: string[];
  table: string;
  where: Condition | null;
  sort: string[];
  limit: number | null;
}

type Row = Readonly<Record<string, unknown>>;
type Condition = (row: Row) => boolean;

export class SoqlError extends Error {}

const TOKEN =
  /\s*(?:('(?:[^'\\]|\\.)*')|(\d{4}-\d\d-\d\dT[\d:.]+Z)|(\d+(?:\.\d+)?)|([A-Za-z][\w.]*)|(>=|<=|!=|[()=<>,]))/y;

/** @throws SoqlError for anything this does not know. */
export function parseSoql(text: string): Soql {
  return new Parser(text).query();
}

class Parser {
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  query(): Soql {
    this.#expect('SELECT');
    const fields = this.#list();
    this.#expect('FROM');
    const table = this.#take();
    const where = this.#skip('WHERE') ? this.#or() : null;
    const sort = this.#skip('ORDER') ? this.#sort() : [];
    const limit = this.#skip('LIMIT') ? Number(this.#take()) : null;
    if (this.#at < this.#tokens.length) throw new SoqlError(`unexpected token: ${this.#tokens[this.#at]}`);
    return { fields, table, where, sort, limit };
  }

  #sort(): string[] {
    this.#expect('BY');
    const names: string[] = [];
    do {
      names.push(this.#take());
      this.#skip('ASC');
    } while (this.#skip(','));
    return names;
  }

  #list(): string[] {
    const names = [this.#take()];
    while (this.#skip(',')) names.push(this.#take());
    return names;
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#skip('OR')) parts.push(this.#and());
    return (row) => parts.some((part) => part(row));
  }

  #and(): Condition {
    const parts = [this.#comparison()];
    while (this.#skip('AND')) parts.push(this.#comparison());
    // SOQL takes AND and OR side by side only with brackets.
    if (parts.length > 1 && this.#tokens[this.#at]?.toUpperCase() === 'OR')
      throw new SoqlError('unexpected token: OR');
    return (row) => parts.every((part) => part(row));
  }

  #comparison(): Condition {
    if (this.#skip('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    const field = this.#take();
    const operator = this.#take().toUpperCase();
    if (operator === 'IN') {
      this.#expect('(');
      const values = this.#list().map(literal);
      this.#expect(')');
      return (row) => values.some((value) => order(row[field], value) === 0);
    }
    const value = literal(this.#take());
    const holds = OPERATORS[operator];
    if (!holds) throw new SoqlError(`unexpected token: ${operator}`);
    return (row) => holds(order(row[field], value));
  }

  #take(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new SoqlError('unexpected end of query');
    this.#at += 1;
    return token;
  }

  #skip(word: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(word: string): void {
    if (!this.#skip(word)) throw new SoqlError(`expected ${word}, got ${this.#tokens[this.#at]}`);
  }
}

const OPERATORS: Record<string, (order: number) => boolean> = {
  '=': (one) => one === 0,
  '!=': (one) => one !== 0,
  '>': (one) => one > 0,
  '>=': (one) => one >= 0,
  '<': (one) => one < 0,
  '<=': (one) => one <= 0,
};

function tokensOf(text: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[0].trim();
    if (token === undefined) throw new SoqlError(`unexpected text: ${text.slice(from, from + 20)}`);
    found.push(token);
  }
  return found;
}

function literal(token: string): string | number | Date {
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  if (/^\d{4}-/.test(token)) return new Date(token);
  return Number(token);
}

const ID = /^[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?$/;

/** Ids by their first 15 characters, in which case counts; texts without case. What is empty compares with nothing. */
export function order(own: unknown, other: unknown): number {
  if (own instanceof Date && other instanceof Date) return own.getTime() - other.getTime();
  if (typeof own === 'number' && typeof other === 'number') return own - other;
  if (own === null || own === undefined) return Number.NaN;
  if (typeof own !== 'string' || typeof other !== 'string')
    throw new SoqlError('value of filter criterion has another type');
  const ids = [own, other].every((text) => ID.test(text));
  const [a = '', b = ''] = [own, other].map((text) => (ids ? text.slice(0, 15) : text.toLowerCase()));
  return a < b ? -1 : a > b ? 1 : 0;
}
