import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startVendors, stopVendors, type Vendors } from '../fakes/ai/harness';

/** Who is asked, in this order. */
export const CHAIN = ['glm', 'openai', 'anthropic', 'mistral'] as const;

/**
 * Fakes of all AI vendors for one test file, calm before each test. Call it once, at the top of the file.
 *
 * @param use Gets them once they run.
 */
export function withVendors(use: (vendors: Vendors) => void | Promise<void>): void {
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors();
    await use(vendors);
  });
  afterAll(() => stopVendors(vendors));
  beforeEach(() => {
    for (const vendor of Object.values(vendors)) vendor.reset();
  });
}

/** @returns how often each of the chain was asked. */
export const askedOf = (vendors: Vendors) => CHAIN.map((id) => vendors[id].seen.length);
