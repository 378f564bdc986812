import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a condition holds. @throws when it does not within the time. */
export async function until<T>(
  question: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  milliseconds = 10_000,
  what = 'the condition',
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come true within ${milliseconds} ms.`);
    await delay(40);
  }
}
