'use client';
import type { ReactNode } from 'react';
import { Avatar } from '@/ui/avatar';
import { cn } from '@/ui/cn';
import { PreviewActions, PreviewCard, PreviewMedia, PreviewText } from './pieces';
import type { PostView } from './post-view';

export interface StackedPreviewProps {
  view: PostView;
  /** The line with name, handle and time. */
  name: (view: PostView) => ReactNode;
  /** What stands between that line and the text: a content warning. */
  before?: ReactNode;
  actions: readonly ReactNode[];
  /** The avatar stands above the text instead of beside it. */
  wide?: boolean;
  textClass?: string;
}

/** A post as feeds of short texts draw it: avatar, name, text, media, actions; a thread hangs on one line. */
export function StackedPreview({
  view,
  name,
  before,
  actions,
  wide = false,
  textClass,
}: StackedPreviewProps) {
  const parts: PostView['parts'] = [
    ...view.parts,
    ...(view.firstComment
      ? [
          {
            model: {
              segments: [{ kind: 'text' as const, text: view.firstComment }],
              layout: 'single' as const,
            },
            media: [],
          },
        ]
      : []),
  ];
  return (
    <ol className="grid gap-0">
      {parts.map((part, index) => {
        const last = index === parts.length - 1;
        const avatar = <Avatar name={view.account.displayName} src={view.account.avatarUrl} size="lg" />;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
          <li key={index} className={cn('relative flex gap-3', !last && 'pb-4')}>
            {!last && <span aria-hidden="true" className="absolute top-12 bottom-0 left-5 w-0.5 bg-line" />}
            {!wide && avatar}
            <div className="min-w-0 flex-1">
              <div className={cn('flex items-center gap-2', wide && 'mb-2')}>
                {wide && avatar}
                {name(view)}
              </div>
              {index === 0 && before}
              <PreviewText model={part.model} className={cn('text-base', textClass)} />
              <PreviewMedia
                media={part.media}
                layout={part.model.layout}
                title={part.title}
                className="mt-2"
              />
              {part.model.card && <PreviewCard href={part.model.card} className="mt-2" />}
              <PreviewActions icons={actions} />
            </div>
          </li>
        );
      })}
    </ol>
  );
}
