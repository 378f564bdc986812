'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Textarea } from '@/ui/textarea';
import { CONTENT_LIMITS, masterSchema } from '../../schema';
import { tagList } from '../media/media-details';

export interface MoreFieldsProps {
  link: string;
  onLink: (link: string) => void;
  firstComment: string;
  onFirstComment: (text: string) => void;
  /** Null while one channel's own text is edited: tags belong to the whole post. */
  tags: readonly string[] | null;
  onTags: (tags: string[]) => void;
}

/** What not every post needs: link, first comment, tags. Opens by itself when there is something in it. */
export function MoreFields(props: MoreFieldsProps) {
  const t = useTranslations('content.more');
  const filled = props.link !== '' || props.firstComment !== '' || (props.tags?.length ?? 0) > 0;
  return (
    <details open={filled || undefined} className="group rounded-lg border border-line bg-surface">
      <summary className="cursor-pointer rounded-lg px-3 py-2 text-sm font-medium">{t('title')}</summary>
      <div className="grid gap-4 px-3 pt-1 pb-3">
        <LinkField link={props.link} onLink={props.onLink} />
        <Field label={t('firstComment')} hint={t('firstCommentHint')}>
          <Textarea
            value={props.firstComment}
            onChange={(event) => props.onFirstComment(event.target.value)}
            maxLength={CONTENT_LIMITS.commentMax}
            rows={2}
          />
        </Field>
        {props.tags && <TagsField tags={props.tags} onTags={props.onTags} />}
      </div>
    </details>
  );
}

/** Half an address is not sent: it counts once it is whole. */
function LinkField({ link, onLink }: Pick<MoreFieldsProps, 'link' | 'onLink'>) {
  const t = useTranslations('content.more');
  const [typed, setTyped] = useState({ link, text: link });
  if (typed.link !== link) setTyped({ link, text: link });
  const valid = typed.text === '' || masterSchema.shape.link.safeParse(typed.text).success;
  const change = (text: string) => {
    const whole = text.trim() === '' || masterSchema.shape.link.safeParse(text.trim()).success;
    const next = whole ? text.trim() : typed.link;
    setTyped({ link: next, text });
    if (whole && next !== link) onLink(next);
  };
  return (
    <Field label={t('link')} hint={t('linkHint')} error={valid ? undefined : t('linkInvalid')}>
      <Input
        type="url"
        inputMode="url"
        placeholder="https://"
        value={typed.text}
        onChange={(event) => change(event.target.value)}
      />
    </Field>
  );
}

function TagsField({ tags, onTags }: { tags: readonly string[]; onTags: (tags: string[]) => void }) {
  const t = useTranslations('content.more');
  const [text, setText] = useState(tags.join(', '));
  return (
    <Field label={t('tags')} hint={t('tagsHint')}>
      <Input
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onTags(
            tagList(event.target.value)
              .map((tag) => tag.slice(0, CONTENT_LIMITS.tagMax))
              .slice(0, CONTENT_LIMITS.tagsMax),
          );
        }}
      />
    </Field>
  );
}
