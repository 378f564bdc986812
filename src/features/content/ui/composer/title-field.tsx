'use client';
import { useTranslations } from 'next-intl';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { PlatformId } from '@/features/platforms/schema';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { CONTENT_LIMITS } from '../../schema';

export interface TitleFieldProps {
  title: string;
  onTitle: (title: string) => void;
  /** Networks that the title would go to. */
  platforms: readonly PlatformId[];
}

/** For networks that show a title of its own; where no channel has one, there is nothing to fill in. */
export function TitleField({ title, onTitle, platforms }: TitleFieldProps) {
  const t = useTranslations('content.editor');
  const titled = [...new Set(platforms)].map((id) => PLATFORM_RULES[id]).filter((rules) => rules.title);
  if (titled.length === 0 && title === '') return null;
  const needed = titled.filter((rules) => rules.title?.required);
  const named = (needed.length > 0 ? needed : titled).map((rules) => rules.name).join(', ');
  return (
    <Field label={t('title')} hint={t(needed.length > 0 ? 'titleNeeded' : 'titleShown', { networks: named })}>
      <Input
        value={title}
        onChange={(event) => onTitle(event.target.value)}
        maxLength={CONTENT_LIMITS.titleMax}
      />
    </Field>
  );
}
