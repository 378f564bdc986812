'use client';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { untilGone, useAttempt } from '@/ui/use-attempt';
import type { InvitationPreview } from '../schema';

interface AcceptInvitationProps {
  token: string;
  invitation: InvitationPreview;
  /** The address that is signed in here. */
  signedInAs: string | null;
  /** Drawn when the address has to be confirmed first. */
  confirmAddress: ReactNode;
}

/** Joins, or says what is missing for it: signing in, another address, a confirmed address, a new link. */
export function AcceptInvitation({ token, invitation, signedInAs, confirmAddress }: AcceptInvitationProps) {
  const t = useTranslations('organization.invitation');
  const router = useRouter();
  const { busy, error, attempt } = useAttempt();
  const back = `/invitation/${token}`;
  const query = `next=${encodeURIComponent(back)}&email=${encodeURIComponent(invitation.email)}`;

  if (invitation.status !== 'pending') return <p>{t(`state.${invitation.status}`)}</p>;
  if (!signedInAs) {
    return (
      <div className="grid gap-2">
        <LinkButton href={`/sign-up?${query}`} variant="primary">
          {t('signUp')}
        </LinkButton>
        <LinkButton href={`/sign-in?${query}`}>{t('signIn')}</LinkButton>
      </div>
    );
  }
  if (signedInAs !== invitation.email) {
    return (
      <div className="grid gap-3">
        <p>{t('otherAddress', { email: invitation.email, signedInAs })}</p>
        <LinkButton href={`/sign-in?again=1&${query}`} variant="primary">
          {t('switchAccount')}
        </LinkButton>
      </div>
    );
  }
  const accept = () =>
    attempt(async () => {
      const { organizationId } = await api<{ organizationId: string }>(
        'POST',
        `/api/invitations/${encodeURIComponent(token)}/accept`,
      );
      await api('PUT', '/api/users/me/default-organization', { body: { organizationId } });
      router.push('/dashboard');
      await untilGone();
    });
  const unconfirmed = error instanceof ApiProblem && error.body.reason === 'email_not_verified';
  return (
    <div className="grid gap-3">
      <Button variant="primary" loading={busy} onClick={accept}>
        {t('accept', { name: invitation.organizationName })}
      </Button>
      {unconfirmed ? (
        <>
          <p className="text-sm text-muted">{t('confirmFirst')}</p>
          {confirmAddress}
        </>
      ) : (
        error !== null && <ErrorState error={error} compact />
      )}
    </div>
  );
}
