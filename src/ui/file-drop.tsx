'use client';

import { Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type DragEvent, type ReactNode, useId, useState } from 'react';
import { cn } from './cn';

export type FileDropProps = {
  onFiles: (files: File[]) => void;
  /** As of the `accept` attribute, e.g. "image/*,video/mp4". The server checks again. */
  accept?: string | undefined;
  multiple?: boolean | undefined;
  disabled?: boolean | undefined;
  /** Kinds and sizes that are taken, e.g. "JPEG, PNG or MP4, up to 512 MB". */
  hint?: ReactNode;
  label?: ReactNode;
  className?: string | undefined;
};

/** Drop files here, or press to choose them. */
export function FileDrop({
  onFiles,
  accept,
  multiple = true,
  disabled,
  hint,
  label,
  className,
}: FileDropProps) {
  const t = useTranslations('common');
  const hintId = useId();
  const [over, setOver] = useState(false);
  const take = (list: FileList | null) => {
    const files = [...(list ?? [])];
    if (files.length > 0) onFiles(multiple ? files : files.slice(0, 1));
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (!disabled) take(event.dataTransfer.files);
  };
  return (
    <label
      onDragOver={(event) => {
        event.preventDefault();
        setOver(!disabled);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        'grid justify-items-center gap-1 rounded-lg border border-dashed border-edge bg-surface px-4 py-6 text-center transition-colors hover:border-iris has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-iris has-disabled:cursor-not-allowed has-disabled:opacity-60',
        over && 'border-iris bg-iris-tint',
        className,
      )}
    >
      <Upload size={20} aria-hidden="true" className="text-muted" />
      <span className="text-base font-medium">
        {label ?? t('dropFiles', { multiple: multiple ? 'yes' : 'no' })}
      </span>
      {hint && (
        <span id={hintId} className="text-xs text-muted">
          {hint}
        </span>
      )}
      <input
        type="file"
        accept={accept}
        multiple={multiple}
        disabled={disabled}
        aria-describedby={hint ? hintId : undefined}
        onChange={(event) => {
          take(event.target.files);
          // So that choosing the same file again is noticed.
          event.target.value = '';
        }}
        className="sr-only"
      />
    </label>
  );
}
