'use client';
import { MailCheck, Wrench } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { MailView } from '../schema';

/** What became of a mail. The local emulators send none: there, the link itself is here. */
export function MailOutcome({ mail }: { mail: MailView }) {
  const t = useTranslations('auth.mail');
  const Icon = mail.sent ? MailCheck : Wrench;
  return (
    <div role="status" className="grid gap-2 rounded-md border border-line bg-sunken p-3 text-sm">
      <p className="flex items-start gap-2">
        <Icon size={16} aria-hidden="true" className="mt-0.5 text-muted" />
        <span>{t(mail.sent ? 'sent' : mail.link ? 'emulator' : 'emulatorUnknown')}</span>
      </p>
      {mail.link && (
        <a href={mail.link} className="ml-6 w-fit font-medium text-iris-text underline">
          {t('open')}
        </a>
      )}
    </div>
  );
}
