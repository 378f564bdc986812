import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HELP = `Lists every API route for the OpenAPI document in src/app/api/openapi.json/routes.ts.

  npm run openapi             write the list
  npm run openapi -- --check  fail when the list is not up to date
`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'src/app/api/openapi.json/routes.ts');

/** The text the list should have: one import per route file, in order. */
export function routesModule(): string {
  const files = globSync('src/app/api/**/route.ts', { cwd: root })
    .filter((file) => !file.includes('/openapi.json/'))
    .sort();
  const specifier = (file: string) => `@/${file.slice('src/'.length, -'.ts'.length)}`;
  return [
    "import 'server-only';",
    ...files.map((file, index) => `import * as route${index} from '${specifier(file)}';`),
    '',
    '/** Every API route. Written by `npm run openapi`; a test fails when a route is missing. */',
    `export const ROUTES: readonly Record<string, unknown>[] = [${files.map((_, index) => `route${index}`).join(', ')}];`,
    '',
  ].join('\n');
}

/** Formatting differs from what we write; the imports are what counts. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(/from '(@\/app\/api\/[^']+)'/g)].map((found) => found[1] ?? '').sort();
}

function main(): void {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, check: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (!values.check) {
    writeFileSync(target, routesModule());
    return;
  }
  const [wanted, present] = [importsOf(routesModule()), importsOf(readFileSync(target, 'utf8'))];
  if (wanted.join() === present.join()) return;
  console.error('The OpenAPI route list is out of date. Run: npm run openapi');
  process.exitCode = 1;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === resolve(process.argv[1])) main();
