/** A delivery's JSON; undefined where it is none. */
export function jsonOf(delivery: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(delivery));
  } catch {
    return undefined;
  }
}
