import { globSync, readFileSync } from 'node:fs';
import { call, type Person, team } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import { GET as exportAudit } from '@/app/api/organizations/[orgId]/audit/export/route';
import { GET as listAudit } from '@/app/api/organizations/[orgId]/audit/route';
import { POST as invite } from '@/app/api/organizations/[orgId]/invitations/route';
import { PATCH as changeMember } from '@/app/api/organizations/[orgId]/members/[userId]/route';
import { PATCH as changeOrganization } from '@/app/api/organizations/[orgId]/route';
import { POST as createTeam } from '@/app/api/organizations/[orgId]/teams/route';
import { AUDIT_ACTIONS } from '@/features/organizations/audit-actions.data';

interface Entry {
  action: string;
  actorId: string;
  actorName: string;
  targetLabel: string;
  facts: Record<string, unknown>;
  requestId: string | null;
  ip: string | null;
}

const at = (organizationId: string, rest = '') => `/api/organizations/${organizationId}${rest}`;
const read = async (organizationId: string, as: Person, query = '') =>
  call<{ items: Entry[]; cursor: string | null }>(listAudit, {
    path: at(organizationId, `/audit${query}`),
    as,
  });

async function busyOrganization() {
  const made = await team({ ada: 'admin', ann: 'member' });
  const { organizationId, owner, ada, ann } = made;
  await call(changeOrganization, { path: at(organizationId), as: ada, body: { name: '=1+1, "quoted"' } });
  await call(changeMember, {
    path: at(organizationId, `/members/${ann.uid}`),
    as: owner,
    body: { role: 'viewer' },
  });
  await call(invite, {
    path: at(organizationId, '/invitations'),
    as: ada,
    body: { email: 'new@example.test' },
  });
  await call(createTeam, { path: at(organizationId, '/teams'), as: ada, body: { name: 'Social' } });
  return made;
}

describe('the audit log', () => {
  it('tells who did what to whom, from where and in which request, newest first', async () => {
    const { organizationId, owner, ada, ann } = await busyOrganization();
    const { json } = await read(organizationId, ada);
    expect(json.items.map((entry) => entry.action)).toEqual([
      'team.created',
      'invitation.created',
      'member.role_changed',
      'organization.changed',
    ]);
    expect(json.items[2]).toMatchObject({
      actorId: owner.uid,
      actorName: 'Olive Owner',
      targetLabel: ann.email,
      facts: { from: 'member', to: 'viewer' },
      ip: expect.stringMatching(/^10\./),
      requestId: expect.any(String),
    });
  });

  it('is filtered by action, person and time, and paged', async () => {
    const { organizationId, owner, ada } = await busyOrganization();
    const actions = async (query: string) =>
      (await read(organizationId, owner, query)).json.items.map((entry) => entry.action);
    expect(await actions('?action=team.created')).toEqual(['team.created']);
    expect(await actions(`?actorId=${owner.uid}`)).toEqual(['member.role_changed']);
    expect(await actions(`?actorId=${ada.uid}&action=invitation.created`)).toEqual(['invitation.created']);
    expect(await actions(`?to=${new Date(Date.now() - 60_000).toISOString()}`)).toEqual([]);
    expect(await actions(`?from=${new Date(Date.now() - 60_000).toISOString()}`)).toHaveLength(4);
    const first = await read(organizationId, owner, '?limit=3');
    const rest = await read(organizationId, owner, `?limit=3&cursor=${first.json.cursor}`);
    expect([first.json.items.length, rest.json.items.length, rest.json.cursor]).toEqual([3, 1, null]);
    expect((await read(organizationId, owner, '?from=yesterday')).status).toBe(400);
  });

  it('is nobody’s but the admins’, and holds nothing of other organisations', async () => {
    const { organizationId, ann } = await busyOrganization();
    const other = await team({ ada: 'admin' });
    expect((await read(organizationId, ann)).status).toBe(403);
    expect((await read(organizationId, other.owner)).status).toBe(404);
    expect((await read(other.organizationId, other.ada)).json.items).toEqual([]);
  });

  it('is exported as CSV that a spreadsheet does not execute', async () => {
    const { organizationId, owner } = await busyOrganization();
    const answer = await call(exportAudit, { path: at(organizationId, '/audit/export'), as: owner });
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    const lines = answer.text.trim().split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toContain('at,action,actorName');
    expect(answer.text).not.toMatch(/(^|,)"?=1\+1/m);
    const filtered = await call(exportAudit, {
      path: at(organizationId, '/audit/export?action=team.created'),
      as: owner,
    });
    expect(filtered.text.trim().split('\r\n')).toHaveLength(2);
  });

  it('offers as filters exactly the actions that the services write', () => {
    const folder = new URL('../../src/features/', import.meta.url);
    const sources = globSync('**/*.ts', { cwd: folder })
      .filter((name) => !name.includes('.test.'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .filter((text) => /audit[\w.]*\.append\(/.test(text));
    const pattern =
      /'((?:organization|member|invitation|team|api_key|billing|post|review_link|feed|webhook|mapping|integration|crm|dead_letter|notification_channel)\.[a-z_]+)'/g;
    const written = new Set(
      sources.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')),
    );
    // The last entry of an organisation that is gone: nobody is left to filter for it.
    written.delete('organization.purged');
    expect([...written].sort()).toEqual([...AUDIT_ACTIONS].sort());
  });
});
