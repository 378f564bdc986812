import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type CompositeIndex,
  indexFor,
  needOf,
  type StructuredQuery,
  serves,
  singleFieldsOf,
} from '../tests/indexes/requirements';

const HELP = `Checks that every query the tests ran has its index in firestore.indexes.json.

  npm run indexes            after npm run test:emulator
  npm run indexes -- --reset forget recorded queries
`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const recorded = join(root, '.irisync', 'queries');

interface FieldOverride {
  collectionGroup: string;
  fieldPath: string;
  indexes: { order?: 'ASCENDING' | 'DESCENDING'; queryScope: string }[];
}

/** An index over one field of all collections of a name is declared beside the field, not among the composite ones. */
function groupIndexes({ collectionGroup, fieldPath, indexes }: FieldOverride): CompositeIndex[] {
  return indexes.flatMap(({ order, queryScope }) =>
    order && queryScope === 'COLLECTION_GROUP'
      ? [{ collectionGroup, queryScope, fields: [{ fieldPath, order }] }]
      : [],
  );
}

function main(): number {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, reset: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.reset) {
    rmSync(recorded, { recursive: true, force: true });
    return 0;
  }
  const files = existsSync(recorded) ? globSync(join(recorded, '*.jsonl')) : [];
  const shapes = new Set(files.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean)));
  if (shapes.size === 0) {
    console.error('No queries were recorded. Run the emulator tests first.');
    return 1;
  }
  const { indexes, fieldOverrides } = JSON.parse(
    readFileSync(join(root, 'firestore.indexes.json'), 'utf8'),
  ) as { indexes: CompositeIndex[]; fieldOverrides: FieldOverride[] };
  const available = [...indexes, ...fieldOverrides.flatMap(groupIndexes)];
  const needs = [...shapes]
    .flatMap((shape) => needOf(JSON.parse(shape) as StructuredQuery) ?? [])
    // Collections that only the tests of core/db make.
    .filter((need) => !need.collectionGroup.startsWith('test_'));
  const missing = needs
    .filter((need) => !available.some((index) => serves(index, need)))
    .map((need) => JSON.stringify(indexFor(need)));
  // A field exempted from indexing to save writes answers no query; the emulator does not know exemptions.
  const exempt = fieldOverrides.filter(
    ({ indexes: own }) => !own.some(({ queryScope }) => queryScope === 'COLLECTION'),
  );
  for (const shape of shapes)
    for (const { collectionGroup, fieldPath } of singleFieldsOf(JSON.parse(shape) as StructuredQuery))
      if (exempt.some((one) => one.collectionGroup === collectionGroup && one.fieldPath === fieldPath))
        missing.push(`${collectionGroup}.${fieldPath} is asked for, but exempted from indexing`);
  const unused = indexes.filter((index) => !needs.some((need) => serves(index, need)));
  console.log(
    `${shapes.size} query shapes, ${needs.length} need a composite index, ${indexes.length} indexes declared.`,
  );
  for (const index of unused) console.log(`  declared, not used by any test: ${JSON.stringify(index)}`);
  for (const index of new Set(missing)) console.error(`  missing: ${index}`);
  return missing.length === 0 ? 0 : 1;
}

process.exitCode = main();
