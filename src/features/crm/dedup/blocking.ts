import { derivedId } from '@/core/crypto/derived-id';
import { companyWords, emailOf, ownDomainOf, phoneOf, textOf } from './normal';
import { type Fields, personOf } from './score';
import { soundsOf } from './similarity';

/** Which records are compared at all: those that share a key. Pure, but for the index that is asked. */

/** A block larger than this is asked for by a finer key. */
export const MAX_BLOCK = 200;

/** A key, and finer ones for blocks that are too large, in order. */
export type Block = readonly [string, string, string];

/** Records by key. */
export interface BlockIndex<R> {
  /** Those with any of these keys, at most `limit`, in the order of their ids. */
  having(keys: readonly string[], limit: number): Promise<R[]>;
}

export function blocksOf(entity: string, fields: Fields): Block[] {
  return entity === 'company' ? companyBlocks(fields) : entity === 'activity' ? [] : personBlocks(fields);
}

/** All keys of a record, coarse and fine; hashed, so that they say nothing of whom they are made. */
export function blockKeysOf(entity: string, fields: Fields): string[] {
  return [...new Set(blocksOf(entity, fields).flat())];
}

/** Everybody that a record should be compared with, once each. */
export async function partnersOf<R extends { id: string }>(
  blocks: readonly Block[],
  index: BlockIndex<R>,
): Promise<R[]> {
  if (blocks.length === 0) return [];
  const coarse = [...new Set(blocks.map(([key]) => key))];
  const all = await index.having(coarse, MAX_BLOCK + 1);
  if (all.length <= MAX_BLOCK) return all;
  const found = new Map<string, R>();
  for (const block of blocks) for (const one of await membersOf(block, index)) found.set(one.id, one);
  return [...found.values()];
}

async function membersOf<R>(block: Block, index: BlockIndex<R>): Promise<R[]> {
  let members: R[] = [];
  for (const key of block) {
    members = await index.having([key], MAX_BLOCK + 1);
    if (members.length <= MAX_BLOCK) return members;
  }
  // Even the finest is too large: whoever comes next by id, so that together they make a chain.
  return members.slice(0, MAX_BLOCK);
}

function personBlocks(fields: Fields): Block[] {
  const { first, last } = personOf(fields);
  const [given = '', family = ''] = [first[0], last[0]];
  const sound = family ? soundsOf(family)[0] : '';
  const called = `${sound}/${given.slice(0, 1)}`;
  const blocks: Block[] = [];
  const email = emailOf(textOf(fields, 'email'));
  if (email && !email.role) blocks.push(block('e', email.address, called, given));
  const phone = phoneOf(textOf(fields, 'phone'));
  if (phone) blocks.push(block('p', phone, called, given));
  const domain = ownDomainOf(fields);
  if (domain) blocks.push(block('d', domain, sound, called));
  // Both ways round: people write the last name first.
  for (const [one, two] of [
    [family, given],
    [given, family],
  ] as const)
    if (one && two) blocks.push(...nameBlocks(one, two, domain ?? phone ?? ''));
  return blocks;
}

function nameBlocks(one: string, two: string, place: string): Block[] {
  const [sound] = soundsOf(two);
  const heard = [...new Set(soundsOf(one).filter(Boolean))];
  return heard.map((key) => block('n', `${key}/${two.slice(0, 1)}`, sound, place));
}

function companyBlocks(fields: Fields): Block[] {
  const words = companyWords(textOf(fields, 'name'));
  const [first = '', second = ''] = words;
  const city = textOf(fields, 'address.city').toLowerCase();
  const blocks: Block[] = [];
  const domain = ownDomainOf(fields);
  if (domain) blocks.push(block('d', domain, first.slice(0, 3), first));
  const phone = phoneOf(textOf(fields, 'phone'));
  if (phone) blocks.push(block('p', phone, first.slice(0, 3), first));
  if (first) {
    const [sound] = soundsOf(first);
    blocks.push(
      block('c', `${sound || first}/${first.slice(0, 1)}`, second ? soundsOf(second)[0] : '', city),
    );
  }
  return blocks;
}

function block(kind: string, key: string, finer: string, finest: string): Block {
  const parts = [kind, key, finer, finest];
  const hashed = (many: number) => `${many - 2}${derivedId(parts.slice(0, many), 15)}`;
  return [hashed(2), hashed(3), hashed(4)];
}
