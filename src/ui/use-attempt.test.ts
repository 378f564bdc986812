import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf, leaveFor } from './use-attempt';

const assign = vi.fn();
let page: EventTarget;
beforeEach(() => {
  page = Object.assign(new EventTarget(), { location: { assign } });
  vi.stubGlobal('window', page);
});
afterEach(() => vi.unstubAllGlobals());

const show = (persisted: boolean) => page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
/** Whether the attempt is over once everything that could end it has run. */
async function isOver(attempt: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const later = new Promise((resolve) => setTimeout(resolve, 0, pending));
  return (await Promise.race([attempt, later])) !== pending;
}

describe('an attempt that leaves for another page', () => {
  it('stays busy while the browser leaves, and is over without a fault when the page comes back as it was', async () => {
    const goesOn = vi.fn();
    const attempt = faultOf(async () => {
      await leaveFor('https://pay.test/checkout');
      goesOn();
    });
    expect(assign).toHaveBeenCalledExactlyOnceWith('https://pay.test/checkout');
    show(false);
    expect(await isOver(attempt)).toBe(false);
    show(true);
    expect(await isOver(attempt)).toBe(true);
    expect([await attempt, goesOn.mock.calls]).toEqual([null, []]);
  });

  it('says what went wrong before it left', async () => {
    const cause = new Error('The payment provider does not answer.');
    expect(await faultOf(() => Promise.reject(cause))).toBe(cause);
  });
});
