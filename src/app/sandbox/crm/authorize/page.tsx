import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { SandboxCrmConsent } from '@/features/integrations/ui/sandbox-crm-consent';
import { consentRequest } from '@/features/platforms/sandbox/schema';
import { ClientMessages } from '@/i18n/client-messages';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('sandboxcrm.consent'))('title'), robots: { index: false } };
}

const asked = consentRequest.omit({ handle: true, decision: true });
type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

/** The sandbox CRM's consent page. What it is asked is checked again by the sandbox itself. */
export default async function AuthorizeCrmPage({ searchParams }: Props) {
  const query = await searchParams;
  const request = asked.safeParse({
    clientId: query.client_id,
    redirectUri: query.redirect_uri,
    state: query.state,
    scope: query.scope,
    codeChallenge: query.code_challenge,
  });
  return (
    <ClientMessages rooms={['sandboxcrm']}>
      <div className="mx-auto max-w-105 rounded-lg border border-line bg-surface p-6">
        <SandboxCrmConsent request={request.data ?? null} />
      </div>
    </ClientMessages>
  );
}
