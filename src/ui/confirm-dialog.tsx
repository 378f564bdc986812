'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from './button';
import { Dialog } from './dialog';
import { ErrorState } from './error-state';
import { useAttempt } from './use-attempt';

export type ConfirmDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The question, naming the thing: "Delete the draft 'Spring sale'?" */
  title: ReactNode;
  /** What happens, and whether it can be undone. */
  body: ReactNode;
  /** A verb, never "OK". */
  confirmLabel: string;
  danger?: boolean | undefined;
  /** May be asynchronous: the dialog waits, shows what went wrong, and closes only on success. */
  onConfirm: () => unknown;
};

/** Asks before something that cannot simply be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const t = useTranslations('common');
  const { busy, error, attempt, clear } = useAttempt();

  const change = (open: boolean) => {
    if (busy) return;
    clear();
    props.onOpenChange(open);
  };
  const confirm = () =>
    attempt(async () => {
      await props.onConfirm();
      props.onOpenChange(false);
    });

  return (
    <Dialog
      open={props.open}
      onOpenChange={change}
      title={props.title}
      size="sm"
      footer={
        <>
          <Button onClick={() => change(false)} disabled={busy}>
            {t('cancel')}
          </Button>
          <Button variant={props.danger ? 'danger' : 'primary'} loading={busy} onClick={confirm}>
            {props.confirmLabel}
          </Button>
        </>
      }
    >
      <div className="grid gap-3 text-base text-muted">
        {props.body}
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Dialog>
  );
}
