'use client';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import type { CreatedInboundView } from '../../inbound/schema';

/** Address and secrets as they are just now: only this moment can show the secrets. */
export function ShownOnce({ made }: { made: Omit<CreatedInboundView, 'createdAt'> }) {
  const t = useTranslations('inbound');
  const inPath = made.secret !== null && made.webhookUrl.includes(made.secret);
  const secret = inPath ? null : made.secret;
  return (
    <div className="grid gap-4">
      {(made.secret || made.verifyToken) && (
        <p role="status" className="rounded-md bg-warn-tint p-3 text-sm text-ink">
          {t(inPath ? 'once.inAddress' : 'once.body')}
        </p>
      )}
      <Copied label={t('address')} value={made.webhookUrl} copy={t('copyAddress')} />
      {secret && <Copied label={t('secret')} value={secret} copy={t('copySecret')} />}
      {made.verifyToken && <Copied label={t('verifyToken')} value={made.verifyToken} copy={t('copyToken')} />}
    </div>
  );
}

interface ShownOnceFooterProps {
  made: boolean;
  /** The form that makes it. */
  form: string;
  label: string;
  busy: boolean;
  onClose: () => void;
}

/** The dialog's buttons: those of its form, and once it is made the one that ends the moment. */
export function ShownOnceFooter({ made, form, label, busy, onClose }: ShownOnceFooterProps) {
  const t = useTranslations('inbound');
  const common = useTranslations('common');
  if (made)
    return (
      <Button variant="primary" onClick={onClose}>
        {t('done')}
      </Button>
    );
  return (
    <>
      <Button onClick={onClose} disabled={busy}>
        {common('cancel')}
      </Button>
      <Button variant="primary" type="submit" form={form} loading={busy}>
        {label}
      </Button>
    </>
  );
}

/** Something to be pasted elsewhere. */
export function Copied({
  label,
  value,
  copy,
  hint,
}: {
  label: string;
  value: string;
  copy: string;
  hint?: ReactNode;
}) {
  return (
    <div className="flex items-end gap-2">
      <Field label={label} hint={hint} className="min-w-0 flex-1">
        <Input
          readOnly
          value={value}
          className="font-mono text-xs"
          onFocus={(event) => event.target.select()}
        />
      </Field>
      <CopyButton value={value} label={copy} />
    </div>
  );
}
