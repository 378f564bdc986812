import 'server-only';
import { type DocumentReference, FieldValue, type FirestoreDataConverter } from 'firebase-admin/firestore';
import type { z } from 'zod';
import { SystemError } from '@/core/errors';
import { type DocOf, type Model, timestampsToDates } from './model';
import { tableOf } from './observed';

/** Zod on both ways: what does not fit the schema is rejected, never passed on. */
function converter<M extends Model>(model: M): FirestoreDataConverter<DocOf<M>> {
  return {
    toFirestore(data) {
      const {
        id: _id,
        createdAt: _createdAt,
        updatedAt: _updatedAt,
        ...fields
      } = data as Record<string, unknown>;
      const parsed = storedSchema(model).parse(fields) as Record<string, unknown>;
      for (const [key, written] of Object.entries(model.stored)) parsed[key] = written(parsed[key] as never);
      return { ...parsed, createdAt: FieldValue.serverTimestamp(), updatedAt: FieldValue.serverTimestamp() };
    },
    fromFirestore(snapshot) {
      const parsed = model.schema.safeParse({
        ...(timestampsToDates(snapshot.data()) as object),
        id: snapshot.id,
      });
      if (parsed.success) return parsed.data as DocOf<M>;
      throw new SystemError('A stored document does not have the shape it should have.', 'internal', {
        severity: 'critical',
        context: { path: snapshot.ref.path, issues: parsed.error.issues.slice(0, 10) },
      });
    },
  };
}

const storedSchemas = new WeakMap<object, z.ZodType>();
function storedSchema(model: Model): z.ZodType {
  let schema = storedSchemas.get(model);
  if (!schema) {
    schema = (model.schema as z.ZodObject).omit({ id: true, createdAt: true, updatedAt: true }).strict();
    storedSchemas.set(model, schema);
  }
  return schema;
}

/**
 * Models by the collection names of their path: `organizations/members` for `organizations/{orgId}/members`. Several kinds of
 * document may share a collection (`credentials`), each with a model of its own.
 */
const modelsByKey = new Map<string, Set<Model>>();

/** Checks each plain value of a patch against its field's schema; sentinels and dotted paths are left to the caller. */
export function checkedPatch(
  ref: DocumentReference<unknown>,
  patch: Record<string, unknown>,
): Record<string, unknown> {
  const models = modelsByKey.get(tableOf(ref.parent.path));
  const brief = Object.assign({}, ...[...(models ?? [])].map(({ stored }) => stored)) as Model['stored'];
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    const fields = models ? fieldsNamed(models, key) : [];
    if (models && fields.length === 0 && !key.includes('.'))
      throw new Error(`${ref.path} has no field ${key}.`);
    if (value instanceof FieldValue) out[key] = value;
    else {
      const checked = checkedValue(fields, value);
      out[key] = brief[key] ? brief[key](checked as never) : checked;
    }
  }
  return { ...out, updatedAt: FieldValue.serverTimestamp() };
}

function fieldsNamed(models: ReadonlySet<Model>, key: string): z.ZodType[] {
  return [...models].flatMap(
    (model) => (model.schema.shape as unknown as Record<string, z.ZodType>)[key] ?? [],
  );
}

/** The value as one of the models of its collection takes it. */
function checkedValue(fields: readonly z.ZodType[], value: unknown): unknown {
  const [first, ...others] = fields;
  if (!first) return value;
  for (const field of others) {
    const parsed = field.safeParse(value);
    if (parsed.success) return parsed.data;
  }
  return first.parse(value);
}

const converters = new WeakMap<object, unknown>();

/** One converter for each model, made when its collection is first asked for. */
export function converterOf<M extends Model>(model: M): FirestoreDataConverter<DocOf<M>> {
  let made = converters.get(model) as FirestoreDataConverter<DocOf<M>> | undefined;
  if (!made) {
    made = converter(model);
    converters.set(model, made);
    const key = tableOf(model.path);
    modelsByKey.set(key, (modelsByKey.get(key) ?? new Set<Model>()).add(model));
  }
  return made;
}
