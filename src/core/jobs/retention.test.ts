import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXPIRING, OUTLIVING } from './retention.data';

interface Override {
  collectionGroup: string;
  fieldPath: string;
  ttl?: boolean;
  indexes: { order?: string; queryScope: string }[];
}

const SOURCES = globSync('src/**/*.ts').map((file) => readFileSync(file, 'utf8'));
/** Paths of models with that field, as they are declared: the formatter keeps them in this shape. */
const declared = SOURCES.flatMap((source) =>
  [...source.matchAll(/defineModel\(\s*'([^']+)',\s*\{\n(.*?)\n\}\)/gs)].flatMap(([, path, fields]) =>
    path && fields && /^ {2,4}expiresAt: z/m.test(fields) ? path : [],
  ),
);
const { fieldOverrides } = JSON.parse(readFileSync('firestore.indexes.json', 'utf8')) as {
  fieldOverrides: Override[];
};
const policies = fieldOverrides.filter(({ ttl }) => ttl);

describe('retention', () => {
  it('knows every collection whose documents expire', () => {
    expect(declared.length).toBeGreaterThan(30);
    expect([...new Set(declared)].sort()).toEqual([...EXPIRING, ...Object.keys(OUTLIVING)].sort());
  });

  it('has a policy and an index for each of them, and for no other', () => {
    const wanted = EXPIRING.map((path) => {
      const [name, parent] = path.split('/').reverse();
      return `${name} ${parent ? 'COLLECTION_GROUP' : 'COLLECTION'}`;
    });
    const there = policies.flatMap(({ collectionGroup, fieldPath, indexes }) => {
      const scopes = indexes.filter(({ order }) => order === 'ASCENDING').map((one) => one.queryScope);
      const wide = scopes.includes('COLLECTION_GROUP') ? 'COLLECTION_GROUP' : scopes[0];
      return fieldPath === 'expiresAt' ? `${collectionGroup} ${wide}` : [];
    });
    expect(there.sort()).toEqual(wanted.sort());
  });
});
