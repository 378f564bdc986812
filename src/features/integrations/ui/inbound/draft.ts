import type { z } from 'zod';
import { githubSettings } from '../../connections/settings';
import type { registerWebhookBody } from '../../inbound/schema';
import type { Connection } from '../connection';

type Draft = z.input<typeof registerWebhookBody>;

/** Repositories for which GitHub may be told by itself; null for other vendors. */
export function repositoriesOf({ type, settings }: Pick<Connection, 'type' | 'settings'>): string[] | null {
  return type === 'github' ? (githubSettings.safeParse(settings).data?.repositories ?? []) : null;
}

/** What the form says, as the API takes it; empty fields are left out. */
export function readDraft(form: FormData, integrationId: string | null): Draft {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const lines = (name: string) =>
    text(name)
      .split(/[\s,]+/)
      .filter(Boolean);
  const some = (name: string) => (text(name) ? { [name]: text(name) } : {});
  return {
    ...{ providerId: text('providerId') as Draft['providerId'], description: text('description') },
    ...{ integrationId, events: lines('events') },
    ...some('secret'),
    ...some('resource'),
    settings: {
      ...some('channelId'),
      ...some('serviceAccountEmail'),
      ...some('audience'),
      ...some('vendorOrganizationId'),
      ...(lines('allowedIps').length > 0 ? { allowedIps: lines('allowedIps') } : {}),
      ...(form.has('allowLegacySignatures') ? { allowLegacySignatures: true } : {}),
    },
  };
}
