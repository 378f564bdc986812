import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Media of tests lie in a folder that goes with the run, never where somebody keeps theirs. Its processes inherit the setting. */
export default function mediaFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'irisync-media-'));
  process.env.MEDIA_DIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
