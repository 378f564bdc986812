/** Salesforce's record ids. @see https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm */

const ID = /^[a-zA-Z0-9]{15}(?:[A-Z0-5]{3})?$/;
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

export function isRecordId(text: string): boolean {
  return ID.test(text);
}

/**
 * An id in its 18-character form. The first 15 are digits to the base of 62, `0-9A-Za-z`, in which case counts; the other three say
 * which of them are capitals, so that an id survives systems that do not tell case apart.
 *
 * Text order (by code unit, as JavaScript and Firestore compare) is Salesforce's order: that alphabet is ASCII's, and where the first
 * 15 are equal the rest is too. An order that ignores case, or that a language defines, is another one.
 */
export function caseSafeId(id: string): string {
  if (!isRecordId(id)) throw new Error('This is not an id of a Salesforce record.');
  const digits = id.slice(0, 15);
  const suffix = [0, 5, 10].map((start) => {
    const capitals = [...digits.slice(start, start + 5)].reduce(
      (bits, letter, at) => (letter >= 'A' && letter <= 'Z' ? bits | (1 << at) : bits),
      0,
    );
    return CHECK.charAt(capitals);
  });
  return digits + suffix.join('');
}
