'use client';
import { useTranslations } from 'next-intl';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { FileDrop } from '@/ui/file-drop';
import { Progress } from '@/ui/progress';
import { Skeleton } from '@/ui/skeleton';
import { IMPORT_COLUMNS, type ImportFault } from '../../import-schema';
import { type ImportState, useImport } from './use-import';

/** A table of posts comes in: chosen, checked row by row, imported. */
export function ImportDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useTranslations('content.import');
  const common = useTranslations('common');
  const { state, error, check, run, cancel, reset } = useImport();
  const close = () => {
    reset();
    onClose();
  };
  const valid = state.step === 'checked' ? state.answer.valid - state.answer.existing : 0;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      title={t('title')}
      description={t('description')}
      size="lg"
      footer={
        <>
          {(state.step === 'checked' || state.step === 'done') && (
            <Button onClick={reset}>{t('another')}</Button>
          )}
          {state.step === 'checked' && valid > 0 ? (
            <Button variant="primary" onClick={() => run(state.file, state.answer.rows)}>
              {t('import', { count: valid })}
            </Button>
          ) : (
            <Button onClick={close}>{common('close')}</Button>
          )}
        </>
      }
    >
      <div className="grid gap-4">
        {error !== null && <ErrorState compact error={error} />}
        <Step state={state} onFile={check} onCancel={cancel} />
      </div>
    </Dialog>
  );
}

function Step(props: { state: ImportState; onFile: (file: File) => void; onCancel: () => void }) {
  const { state } = props;
  const t = useTranslations('content.import');
  if (state.step === 'choose')
    return (
      <>
        <FileDrop
          accept=".csv,text/csv"
          multiple={false}
          onFiles={([file]) => file && props.onFile(file)}
          label={t('drop')}
          hint={t('hint')}
        />
        <p className="text-xs text-muted">{t('columns')}</p>
        <p className="font-mono text-xs break-words">{IMPORT_COLUMNS.join(', ')}</p>
      </>
    );
  if (state.step === 'checking')
    return (
      <div role="status" aria-busy="true" aria-label={t('checking')} className="grid gap-2">
        <Skeleton className="h-5 w-48" />
        <Skeleton className="h-24" />
      </div>
    );
  if (state.step === 'importing')
    return <Progress label={t('importing')} value={state.done} max={state.last} onCancel={props.onCancel} />;
  if (state.step === 'checked') {
    const { rows, valid, existing, errors } = state.answer;
    return (
      <>
        <p role="status" className="text-sm">
          {t('checked', { rows, valid: valid - existing, bad: rows - valid })}{' '}
          {existing > 0 && t('existing', { count: existing })}
        </p>
        <Faults faults={errors} />
      </>
    );
  }
  return (
    <>
      <p role="status" className="text-sm">
        {t('done', { count: state.created })} {state.existing > 0 && t('existing', { count: state.existing })}{' '}
        {state.stopped && t('stopped')}
      </p>
      <Faults faults={state.errors} />
    </>
  );
}

function Faults({ faults }: { faults: readonly ImportFault[] }) {
  const t = useTranslations('content.import');
  if (faults.length === 0) return null;
  return (
    <section
      aria-label={t('faults')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      className="max-h-72 overflow-auto rounded-lg border border-line"
    >
      <table className="w-full text-left text-sm">
        <caption className="sr-only">{t('faults')}</caption>
        <thead className="sticky top-0 bg-surface text-xs text-muted">
          <tr>
            {(['row', 'column', 'message'] as const).map((name) => (
              <th key={name} scope="col" className="px-3 py-2 font-medium">
                {t(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {faults.map(({ row, column, code, message }) => (
            <tr key={`${row} ${column} ${code} ${message}`} className="border-t border-line align-top">
              <td className="px-3 py-1.5 tabular-nums">{row}</td>
              <td className="px-3 py-1.5 font-mono text-xs">{column}</td>
              <td className="px-3 py-1.5 break-words">{message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
