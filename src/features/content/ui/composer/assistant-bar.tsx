'use client';
import { Sparkles } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { Button } from '@/ui/button';
import { Input } from '@/ui/input';

/** Ready-made changes to a text; the instruction is what the model is told. */
const CHANGES = {
  shorter: 'Make it about a third shorter. Keep every fact and the tone.',
  clearer: 'Make it clearer and easier to read. Keep the length and the facts.',
  warmer: 'Make the tone warmer and more personal. Keep the facts.',
  hook: 'Give it a stronger first sentence. Keep the rest close to what it is.',
} as const;

export interface AssistantBarProps {
  hasText: boolean;
  busy: boolean;
  /** Writes from a brief; the model's own words. */
  onWrite: (brief: string) => void;
  onRewrite: (instruction: string) => void;
  onClose: () => void;
}

/** Asks the model for a text, or for a change to the text that is there. */
export function AssistantBar({ hasText, busy, onWrite, onRewrite, onClose }: AssistantBarProps) {
  const t = useTranslations('content.assistant');
  const [brief, setBrief] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wish = brief.trim();
    if (wish === '') return;
    if (hasText) onRewrite(wish);
    else onWrite(wish);
  };
  return (
    <div className="grid gap-2 rounded-lg border border-line bg-iris-tint p-2.5">
      <form onSubmit={submit} className="flex gap-2">
        <Input
          autoFocus
          aria-label={hasText ? t('changeLabel') : t('briefLabel')}
          placeholder={hasText ? t('changePlaceholder') : t('briefPlaceholder')}
          value={brief}
          onChange={(event) => setBrief(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onClose();
          }}
          maxLength={2000}
        />
        <Button type="submit" variant="primary" icon={Sparkles} loading={busy}>
          {hasText ? t('change') : t('write')}
        </Button>
      </form>
      {hasText && (
        <div className="flex flex-wrap gap-1.5">
          {Object.entries(CHANGES).map(([key, instruction]) => (
            <Button key={key} size="sm" disabled={busy} onClick={() => onRewrite(instruction)}>
              {t(`changes.${key}`)}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}
