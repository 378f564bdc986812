'use client';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ClipboardEvent, type DragEvent, type ReactNode, useState } from 'react';
import type { Counts } from '@/features/platforms/finding-schema';
import { cn } from '@/ui/cn';
import { CountRing } from '@/ui/count-ring';
import { IconButton } from '@/ui/icon-button';
import { NetworkMark, networkName } from '@/ui/network-mark';

export interface PartEditorProps {
  index: number;
  count: number;
  text: string;
  onText: (text: string) => void;
  onFocus?: () => void;
  onAdd: () => void;
  onRemove: () => void;
  /** Pasted or dropped files. */
  onFiles?: ((files: File[]) => void) | undefined;
  /** The channel whose limit is closest. */
  tight: { platform: string; counts: Counts } | null;
  /** Threads are possible on at least one chosen channel. */
  threads: boolean;
  autoFocus?: boolean;
  /** Takes the place of the text while a proposal is shown. */
  proposal?: ReactNode;
  tools?: ReactNode;
}

/** One part of the post: the text itself, how much room is left, and the next part. */
export function PartEditor(props: PartEditorProps) {
  const { index, count, text, tight, proposal, onFiles } = props;
  const t = useTranslations('content.editor');
  const [over, setOver] = useState(false);
  const label = count > 1 ? t('partLabel', { part: index + 1, count }) : t('textLabel');
  const paste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0 || !onFiles) return;
    event.preventDefault();
    onFiles(files);
  };
  const drop = (event: DragEvent) => {
    setOver(false);
    const files = [...event.dataTransfer.files];
    if (files.length === 0 || !onFiles) return;
    event.preventDefault();
    onFiles(files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping files is a shortcut; the media button does the same
    <div
      onDragOver={(event) => {
        if (!onFiles || !event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        'rounded-lg border border-edge bg-surface focus-within:border-iris focus-within:ring-1 focus-within:ring-iris',
        over && 'border-iris bg-iris-tint',
      )}
    >
      {proposal ?? (
        <textarea
          aria-label={label}
          value={text}
          onChange={(event) => props.onText(event.target.value)}
          onFocus={props.onFocus}
          onPaste={paste}
          placeholder={index === 0 ? t('placeholder') : t('partPlaceholder')}
          rows={index === 0 ? 6 : 3}
          // biome-ignore lint/a11y/noAutofocus: the person came here to write
          autoFocus={props.autoFocus}
          className="field-sizing-content block min-h-24 w-full resize-none bg-transparent px-3 pt-2.5 pb-1 text-lg text-ink outline-none placeholder:text-muted"
        />
      )}
      <div className="flex min-h-9 flex-wrap items-center gap-1 px-1.5 pb-1.5">
        {props.tools}
        <span className="ml-auto flex items-center gap-1.5 pr-1">
          {tight && (
            <>
              <NetworkMark platform={tight.platform} size={14} decorative />
              <CountRing
                used={tight.counts.used}
                limit={tight.counts.max}
                label={t('countLabel', { network: networkName(tight.platform) })}
                showCount
              />
            </>
          )}
        </span>
        {index > 0 && (
          <IconButton
            size="sm"
            label={t('removePart', { part: index + 1 })}
            icon={Trash2}
            onClick={props.onRemove}
          />
        )}
        {props.threads && <IconButton size="sm" label={t('addPart')} icon={Plus} onClick={props.onAdd} />}
      </div>
    </div>
  );
}
