import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { env, sandboxAllowed } from '@/core/config/env';
import { invitationContent, verificationContent } from '@/features/mail/account-content';
import { renderMail } from '@/features/mail/layout';
import type { MailContent } from '@/features/mail/schema';
import { wordsFor } from '@/features/mail/words';
import { digestContent, notificationContent } from '@/features/notifications/mail-content';
import { MAIL_SAMPLES } from '@/features/notifications/samples.data';
import { LinkButton } from '@/ui/link-button';

export const metadata: Metadata = { title: 'Mails', robots: { index: false } };

type Locale = 'en' | 'de';

function contents(locale: Locale): { kind: string; content: MailContent }[] {
  const appUrl = env().APP_URL;
  const reader = { locale, timezone: 'Europe/Berlin' };
  const words = { reader, mail: wordsFor(reader, 'mail'), notifications: wordsFor(reader, 'notifications') };
  const links = { appUrl, unsubscribeUrl: new URL('/unsubscribe?token=sample', appUrl).href };
  const invitation = {
    inviter: 'Mara Fern',
    organization: 'Fernhill Roasters',
    expiresAt: new Date('2026-03-09T09:30:00Z'),
    link: new URL('/invitation/sample', appUrl).href,
  };
  return [
    ...MAIL_SAMPLES.map((told) => ({ kind: told.type, content: notificationContent(words, told, links) })),
    ...(['daily', 'weekly'] as const).map((digest) => ({
      kind: `digest.${digest}`,
      content: digestContent(words, digest, MAIL_SAMPLES.slice(4, 9), links),
    })),
    { kind: 'account.invitation', content: invitationContent(reader, invitation) },
    {
      kind: 'account.verification',
      content: verificationContent(reader, new URL('/action?mode=verifyEmail', appUrl).href),
    },
  ];
}

/** Every mail we send, for whoever works on them. Absent in production, unless the sandbox is allowed there. */
export default async function MailPreviewPage({
  searchParams,
}: {
  searchParams: Promise<{ locale?: string }>;
}) {
  if (!sandboxAllowed(env())) notFound();
  const locale: Locale = (await searchParams).locale === 'de' ? 'de' : 'en';
  return (
    <main className="mx-auto grid w-full max-w-240 gap-8 px-4 py-8">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="font-display text-2xl font-semibold">Mails</h1>
        <LinkButton href={`/dev/mail?locale=${locale === 'en' ? 'de' : 'en'}`}>
          {locale === 'en' ? 'Deutsch' : 'English'}
        </LinkButton>
      </div>
      {contents(locale).map(({ kind, content }) => {
        const { subject, html, text } = renderMail(content);
        return (
          <section key={kind} aria-label={kind} className="grid gap-2">
            <h2 className="font-mono text-xs text-muted">{kind}</h2>
            <p className="text-base font-semibold">{subject}</p>
            <iframe
              title={`${kind}: ${subject}`}
              // Some twenty of them: those in sight come first.
              loading="lazy"
              srcDoc={html}
              sandbox=""
              className="h-100 w-full rounded-lg border border-line"
            />
            <details>
              <summary className="cursor-pointer text-sm text-muted">Text part</summary>
              <pre className="overflow-x-auto rounded-lg border border-line bg-surface p-4 font-mono text-xs whitespace-pre-wrap">
                {text}
              </pre>
            </details>
          </section>
        );
      })}
    </main>
  );
}
