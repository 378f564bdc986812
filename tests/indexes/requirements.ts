/**
 * Which composite index a query needs, by Firestore's rules
 * (https://firebase.google.com/docs/firestore/query-data/index-overview): equality filters alone are merged from single-field
 * indexes; an order or range beside an equality, or over two fields, needs an index of its own. The emulator does not check this,
 * so a missing index would first show in production.
 */
export interface IndexField {
  fieldPath: string;
  order?: 'ASCENDING' | 'DESCENDING';
  arrayConfig?: 'CONTAINS';
}

export interface CompositeIndex {
  collectionGroup: string;
  queryScope: 'COLLECTION' | 'COLLECTION_GROUP';
  fields: IndexField[];
}

/** The wire form of a query, as both SDKs send it. */
export interface StructuredQuery {
  from?: { collectionId?: string; allDescendants?: boolean }[];
  where?: Filter;
  orderBy?: { field?: { fieldPath?: string }; direction?: string }[];
}
interface Filter {
  fieldFilter?: { field?: { fieldPath?: string }; op?: string };
  unaryFilter?: { field?: { fieldPath?: string }; op?: string };
  compositeFilter?: { filters?: Filter[] };
}

export interface Need {
  collectionGroup: string;
  queryScope: 'COLLECTION' | 'COLLECTION_GROUP';
  equal: string[];
  contains: string[];
  tail: { fieldPath: string; order: 'ASCENDING' | 'DESCENDING' }[];
}

const RANGES = new Set([
  'LESS_THAN',
  'LESS_THAN_OR_EQUAL',
  'GREATER_THAN',
  'GREATER_THAN_OR_EQUAL',
  'NOT_EQUAL',
  'NOT_IN',
  'IS_NOT_NULL',
]);

function leaves(filter: Filter | undefined): { path: string; op: string }[] {
  if (!filter) return [];
  if (filter.compositeFilter) return (filter.compositeFilter.filters ?? []).flatMap(leaves);
  const leaf = filter.fieldFilter ?? filter.unaryFilter;
  return leaf?.field?.fieldPath ? [{ path: leaf.field.fieldPath, op: leaf.op ?? 'EQUAL' }] : [];
}

/** The index a query needs, or null when single-field indexes serve it. */
export function needOf(query: StructuredQuery): Need | null {
  const from = query.from?.[0];
  if (!from?.collectionId) return null;
  const filters = leaves(query.where).filter((leaf) => leaf.path !== '__name__');
  const unique = (paths: string[]) => [...new Set(paths)];
  const ranges = unique(filters.filter((leaf) => RANGES.has(leaf.op)).map((leaf) => leaf.path));
  const contains = unique(
    filters.filter((leaf) => leaf.op.startsWith('ARRAY_CONTAINS')).map((leaf) => leaf.path),
  );
  const equal = unique(
    filters
      .filter((leaf) => !RANGES.has(leaf.op) && !leaf.op.startsWith('ARRAY_CONTAINS'))
      .map((leaf) => leaf.path),
  );
  const orders = (query.orderBy ?? []).map(({ field, direction }) => ({
    fieldPath: field?.fieldPath ?? '',
    order: direction === 'DESCENDING' ? ('DESCENDING' as const) : ('ASCENDING' as const),
  }));
  const tail = orders.filter((order) => order.fieldPath !== '__name__' && !equal.includes(order.fieldPath));
  for (const path of ranges)
    if (!tail.some((order) => order.fieldPath === path)) tail.push({ fieldPath: path, order: 'ASCENDING' });
  const simple =
    tail.length === 0
      ? contains.length === 0 || equal.length === 0
      : tail.length === 1 && equal.length + contains.length === 0;
  if (simple && !from.allDescendants) return null;
  return {
    collectionGroup: from.collectionId,
    queryScope: from.allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION',
    equal,
    contains,
    tail,
  };
}

/** Fields whose own index a query uses: those of a query that no composite index is needed for. */
export function singleFieldsOf(query: StructuredQuery): { collectionGroup: string; fieldPath: string }[] {
  const from = query.from?.[0];
  if (!from?.collectionId || from.allDescendants || needOf(query)) return [];
  const { collectionId } = from;
  const paths = [
    ...leaves(query.where).map((leaf) => leaf.path),
    ...(query.orderBy ?? []).map(({ field }) => field?.fieldPath ?? ''),
  ];
  return [...new Set(paths)]
    .filter((path) => path !== '' && path !== '__name__')
    .map((fieldPath) => ({ collectionGroup: collectionId, fieldPath }));
}

/** Equality fields may stand in any order, before the ordered ones, which must match exactly. */
export function serves(index: CompositeIndex, need: Need): boolean {
  if (index.collectionGroup !== need.collectionGroup || index.queryScope !== need.queryScope) return false;
  const fields = index.fields.filter((field) => field.fieldPath !== '__name__');
  const head = fields.slice(0, need.equal.length + need.contains.length);
  const rest = fields.slice(head.length);
  const heads = head.map((field) => (field.arrayConfig ? `${field.fieldPath}[]` : field.fieldPath)).sort();
  const wanted = [...need.equal, ...need.contains.map((path) => `${path}[]`)].sort();
  return (
    heads.join() === wanted.join() &&
    rest.length === need.tail.length &&
    rest.every(
      (field, at) => field.fieldPath === need.tail[at]?.fieldPath && field.order === need.tail[at]?.order,
    )
  );
}

/** The entry to add to firestore.indexes.json. */
export function indexFor(need: Need): CompositeIndex {
  return {
    collectionGroup: need.collectionGroup,
    queryScope: need.queryScope,
    fields: [
      ...need.contains.map((fieldPath) => ({ fieldPath, arrayConfig: 'CONTAINS' as const })),
      ...need.equal.map((fieldPath) => ({ fieldPath, order: 'ASCENDING' as const })),
      ...need.tail,
    ],
  };
}
