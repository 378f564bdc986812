import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { consentRequest } from '@/features/platforms/sandbox/schema';
import { SandboxConsent } from '@/features/platforms/ui/sandbox-consent';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('platforms.sandbox'))('consentTitle'), robots: { index: false } };
}

const asked = consentRequest.omit({ handle: true, decision: true });
type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

/** The practice network's consent page. What it is asked is checked again by the network itself. */
export default async function AuthorizePage({ searchParams }: Props) {
  const query = await searchParams;
  const request = asked.safeParse({
    clientId: query.client_id,
    redirectUri: query.redirect_uri,
    state: query.state,
    scope: query.scope,
    codeChallenge: query.code_challenge,
  });
  const handle = typeof query.handle === 'string' ? query.handle : '';
  return (
    <div className="mx-auto max-w-105 rounded-lg border border-line bg-surface p-6">
      <SandboxConsent request={request.data ?? null} handle={handle} />
    </div>
  );
}
