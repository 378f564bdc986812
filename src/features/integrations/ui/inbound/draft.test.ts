import { describe, expect, it } from 'vitest';
import { registerWebhookBody } from '../../inbound/schema';
import { readDraft, repositoriesOf } from './draft';

function formOf(values: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.set(name, value);
  return form;
}

describe('the form of an address', () => {
  it('leaves empty fields out, so that we choose a secret and no vendor is told', () => {
    const empty = { secret: ' ', resource: '', channelId: '', allowedIps: '', events: '', description: '' };
    const draft = readDraft(formOf({ providerId: 'generic', ...empty }), null);
    expect(draft).toEqual({
      ...{ providerId: 'generic', description: '', integrationId: null, events: [], settings: {} },
    });
    expect(registerWebhookBody.safeParse(draft).success).toBe(true);
  });

  it('takes lists by commas, spaces and lines', () => {
    const values = { providerId: 'salesforce', vendorOrganizationId: ' 00D000000000001AAA ' };
    const lists = { allowedIps: '13.108.0.0/14,\n 96.43.144.0/20', events: 'issues, release' };
    const draft = readDraft(formOf({ ...values, ...lists, allowLegacySignatures: 'on' }), 'int_1');
    expect(draft).toMatchObject({
      ...{ integrationId: 'int_1', events: ['issues', 'release'] },
      settings: {
        ...{ vendorOrganizationId: '00D000000000001AAA', allowLegacySignatures: true },
        allowedIps: ['13.108.0.0/14', '96.43.144.0/20'],
      },
    });
    expect(registerWebhookBody.safeParse(draft).success).toBe(true);
  });

  it('offers repositories for GitHub alone', () => {
    const settings = { repositories: ['acme/site'] };
    expect(repositoriesOf({ type: 'github', settings })).toEqual(['acme/site']);
    expect(repositoriesOf({ type: 'github', settings: {} })).toEqual([]);
    expect(repositoriesOf({ type: 'slack', settings })).toBeNull();
  });
});
