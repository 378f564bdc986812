import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { saveFile } from './save-file';

const link = { href: '', download: '', click: vi.fn() };
const revoked = vi.spyOn(URL, 'revokeObjectURL');

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { createElement: () => link });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

const answer = (headers: Record<string, string>) => new Response('a,b\n', { headers });

describe('saving a file', () => {
  it('names it as the server does, and lets go of it only when the browser has had time to read it', async () => {
    await saveFile(answer({ 'content-disposition': 'attachment; filename="tokens-2026-03-10.csv"' }));
    expect(link.click).toHaveBeenCalledOnce();
    expect([link.download, link.href]).toEqual(['tokens-2026-03-10.csv', expect.stringMatching(/^blob:/)]);
    vi.advanceTimersByTime(1_000);
    expect(revoked).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(revoked).toHaveBeenCalledExactlyOnceWith(link.href);
  });

  it('saves what has no name too', async () => {
    await saveFile(answer({}));
    expect(link.download).toBe('download');
  });
});
