import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { isSystemError } from '@/core/errors';
import { ConfirmAddress } from '@/features/auth/ui/confirm-address';
import { InvitationService } from '@/features/organizations/invitations';
import type { InvitationPreview } from '@/features/organizations/schema';
import { AcceptInvitation } from '@/features/organizations/ui/accept-invitation';
import { currentSession } from '@/server/session';
import { LinkButton } from '@/ui/link-button';
import { AuthHeading } from '../../auth-heading';

export async function generateMetadata(): Promise<Metadata> {
  // The address is the secret: it goes to nobody.
  const t = await getTranslations('organization.invitation');
  return { title: t('title'), referrer: 'no-referrer', robots: { index: false } };
}

async function previewOf(token: string): Promise<InvitationPreview | null> {
  try {
    return await InvitationService.getInstance().preview(token);
  } catch (error) {
    if (isSystemError(error) && error.code === 'not_found') return null;
    throw error;
  }
}

export default async function InvitationPage({ params }: { params: Promise<{ token: string }> }) {
  const token = decodeURIComponent((await params).token);
  const [invitation, session, t] = await Promise.all([
    previewOf(token),
    currentSession(),
    getTranslations('organization.invitation'),
  ]);
  if (!invitation) {
    return (
      <>
        <AuthHeading title={t('unknown')}>{t('unknownBody')}</AuthHeading>
        <LinkButton href="/">{t('home')}</LinkButton>
      </>
    );
  }
  const { organizationName, invitedByName, role } = invitation;
  return (
    <>
      <AuthHeading title={t('join', { name: organizationName })}>
        {t('invitedBy', { person: invitedByName, role: t(`role.${role}`) })}
      </AuthHeading>
      <AcceptInvitation
        token={token}
        invitation={invitation}
        signedInAs={session?.user.email ?? null}
        confirmAddress={<ConfirmAddress next={`/invitation/${token}`} />}
      />
    </>
  );
}
