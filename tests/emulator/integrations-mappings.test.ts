import { call, type Person, team } from '@tests/support/accounts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATCH as change, GET as read, DELETE as remove } from '@/app/api/integrations/mappings/[id]/route';
import { POST as preview } from '@/app/api/integrations/mappings/preview/route';
import { POST as create, GET as list } from '@/app/api/integrations/mappings/route';
import { POST as apply } from '@/app/api/integrations/mappings/templates/[id]/apply/route';
import { GET as templates } from '@/app/api/integrations/mappings/templates/route';
import { singleton } from '@/core/singletons';
import type { ExpressionService } from '@/features/integrations/mapping/expressions';
import type { MappingView, PreviewView, TemplateView } from '@/features/integrations/mapping/schema';
import { auditModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;
let viewer: Person;
let stranger: { owner: Person; organizationId: string };
const base = '/api/integrations/mappings';

beforeAll(async () => {
  const made = await team({ ada: 'admin', vic: 'viewer' });
  ({ organizationId } = made);
  admin = made.ada;
  viewer = made.vic;
  stranger = await team();
});
afterAll(() => singleton<ExpressionService>('ExpressionService').close());

const mapping = (more: Record<string, unknown> = {}) => ({
  integrationType: 'hubspot',
  entityType: 'contact',
  externalField: 'properties.email',
  internalField: 'email',
  fieldType: 'email',
  ...more,
});
type Fault = { code: string; errors: { path: string; message: string }[] };
const made = (body: Record<string, unknown>) =>
  call<MappingView & Fault>(create, { path: base, as: admin, organizationId, body });

it('a field is mapped once, changed by version, and gone when deleted', async () => {
  const first = await made(mapping());
  expect([first.status, first.json.version]).toEqual([201, 1]);
  expect((await made(mapping({ internalField: 'other' }))).status).toBe(409);
  const path = `${base}/${first.json.id}`;
  const patch = (body: Record<string, unknown>, as = admin, org = organizationId) =>
    call<MappingView & Fault>(change, { path, as, organizationId: org, body });
  const changed = await patch({ isRequired: true, expectedVersion: 1 });
  expect(changed.json).toMatchObject({ version: 2, isRequired: true, fieldType: 'email' });
  expect(await patch({ isRequired: false, expectedVersion: 1 })).toMatchObject({
    status: 409,
    json: { code: 'stale_version' },
  });
  expect((await patch({ externalField: 'x', expectedVersion: 2 })).status).toBe(400);
  expect(
    (await patch({ isRequired: false, expectedVersion: 2 }, stranger.owner, stranger.organizationId)).status,
  ).toBe(404);
  expect((await call(read, { path, as: viewer, organizationId })).status).toBe(200);
  expect((await call(remove, { path, as: viewer, organizationId })).status).toBe(403);
  expect((await call(remove, { path, as: admin, organizationId })).status).toBe(204);
  expect((await call(read, { path, as: admin, organizationId })).status).toBe(404);
  const audit = await core.db.find(
    core.db.collection(auditModel).where('organizationId', '==', organizationId),
  );
  expect(
    audit
      .map(({ action }) => action)
      .filter((action) => action.startsWith('mapping.'))
      .sort(),
  ).toEqual(['mapping.changed', 'mapping.created', 'mapping.deleted']);
});

it('an expression is compiled before it is saved; what does not fit is named', async () => {
  const faultOf = async (more: Record<string, unknown>) => {
    const { status, json } = await made(mapping({ externalField: 'faulty', ...more }));
    return [status, json.errors?.[0]?.path, json.errors?.[0]?.message];
  };
  expect(await faultOf({ transformation: 'const a = 1;\nreturn a +;' })).toEqual([
    400,
    'body.transformation',
    expect.stringContaining('line 2'),
  ]);
  expect(await faultOf({ transformation: 'a & ' })).toEqual([
    400,
    'body.transformation',
    expect.stringContaining('character'),
  ]);
  expect(await faultOf({ validation: { pattern: '(' } })).toEqual([
    400,
    'body.validation.pattern',
    expect.any(String),
  ]);
  expect(await faultOf({ fieldType: 'enum' })).toEqual([400, 'body.validation.values', expect.any(String)]);
  expect(await faultOf({ externalField: 'a.__proto__.b' })).toEqual([
    400,
    'body.externalField',
    expect.any(String),
  ]);
  expect(
    (await call<{ items: MappingView[] }>(list, { path: base, as: viewer, organizationId })).json.items,
  ).toEqual([]);
});

it('a template is copied once, listed, and previewed on a record without writing; hostile code fails its field alone', async () => {
  const all = await call<{ items: TemplateView[] }>(templates, {
    path: `${base}/templates`,
    as: viewer,
    organizationId,
  });
  const crm = all.json.items.filter((one) => ['hubspot', 'salesforce'].includes(one.integrationType));
  expect(crm.flatMap(({ mappings }) => mappings)).toHaveLength(61);
  await made(mapping({ fieldType: 'string', transformation: '$uppercase($value)' }));
  const copy = () =>
    call(apply, {
      path: `${base}/templates/hubspot-contact/apply`,
      method: 'POST',
      as: admin,
      organizationId,
    });
  expect((await copy()).json).toEqual({ created: 12, kept: 1 });
  expect((await copy()).json).toEqual({ created: 0, kept: 13 });
  const listed = await call<{ items: MappingView[] }>(list, {
    path: `${base}?integrationType=hubspot&entityType=contact&limit=50`,
    as: viewer,
    organizationId,
  });
  expect(listed.json.items).toHaveLength(13);
  const record = {
    id: '7',
    properties: { firstname: 'Ada', email: 'ada@x.org', phone: '12', hubspot_owner_id: '9' },
  };
  const tried = (more: Record<string, unknown> = {}) =>
    call<PreviewView>(preview, {
      path: `${base}/preview`,
      as: admin,
      organizationId,
      body: { integrationType: 'hubspot', entityType: 'contact', record, ...more },
    });
  const { json } = await tried();
  expect(json.before).toEqual(record);
  expect(json.after).toMatchObject({ firstName: 'Ada', email: 'ADA@X.ORG', ownerId: '9' });
  expect(json.errors).toMatchObject([{ field: 'properties.phone', step: 'conversion' }]);
  const hostile = [
    mapping({ internalField: 'loop', fieldType: 'string', transformation: 'for (;;) {} return 1' }),
    mapping({
      internalField: 'files',
      fieldType: 'string',
      transformation: 'return require("fs").readdirSync("/")',
    }),
    mapping({ internalField: 'fine', fieldType: 'string' }),
  ].map(({ integrationType: _i, entityType: _e, ...rule }) => rule);
  const tamed = await tried({ mappings: hostile });
  expect(tamed.json.after).toEqual({ fine: 'ada@x.org' });
  expect(tamed.json.errors.map(({ step }) => step)).toEqual(['transformation', 'transformation']);
  const foreign = await call<{ items: MappingView[] }>(list, {
    path: base,
    as: stranger.owner,
    organizationId: stranger.organizationId,
  });
  expect(foreign.json.items).toEqual([]);
});
