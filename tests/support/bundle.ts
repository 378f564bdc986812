import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../..');

/** One file of a program and all of ours it imports, so that a process of it is up in a second. @returns where it is. */
export async function bundled(entry: string): Promise<string> {
  // Inside the project, where it finds its packages.
  const outfile = join(root, '.irisync', `${basename(entry, '.ts')}-${process.pid}.cjs`);
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    alias: { 'server-only': join(root, 'tests/server-only.ts') },
    tsconfig: join(root, 'tsconfig.json'),
    logLevel: 'error',
  });
  return outfile;
}
