'use client';

import { useTranslations } from 'next-intl';
import { useCan } from '@/client/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Timeline } from '@/ui/timeline';
import { toast } from '@/ui/toast';
import { useAttempts } from '@/ui/use-attempt';
import { type Head, type Kind, publishVersion } from './use-library';

interface AnyVersion {
  id: string;
  version: number;
  createdBy: string;
  createdAt: Date;
}

type VersionsTabProps<V extends AnyVersion> = {
  kind: Kind;
  head: Head;
  versions: readonly V[];
  names: ReadonlyMap<string, string>;
  /** Puts a version's text into the form, to go on from there. */
  onTake: (version: V) => void;
  /** The version as a person may read it. */
  factsOf: (version: V) => unknown;
};

/** All versions, newest first; any of them can be put in use or taken up again. None is ever changed. */
export function VersionsTab<V extends AnyVersion>(props: VersionsTabProps<V>) {
  const t = useTranslations('ai.library');
  const manages = useCan('ai.manage');
  const { kind, head, versions, names } = props;
  const { busy, error, attempt } = useAttempts<number>();
  const live = head.status === 'published' ? head.publishedVersion : null;
  const publish = (version: number) =>
    attempt(version, async () => {
      await publishVersion(kind, head.id, version);
      toast.success(t('published', { version }));
    });
  return (
    <div className="grid gap-4">
      {error !== null && <ErrorState error={error} compact />}
      <Timeline
        events={versions.map((one) => ({
          id: one.id,
          at: one.createdAt,
          tone: one.version === live ? 'ok' : 'neutral',
          title: (
            <span className="inline-flex items-center gap-2">
              {t('version', { version: one.version })}
              {one.version === live && <Badge tone="ok">{t('inUse')}</Badge>}
            </span>
          ),
          body: (
            <span className="grid justify-items-start gap-1.5">
              {t('by', { name: names.get(one.createdBy) ?? t('somebody') })}
              {manages && (
                <span className="flex flex-wrap gap-2">
                  {one.version !== live && (
                    <Button size="sm" loading={busy === one.version} onClick={() => publish(one.version)}>
                      {t('use')}
                    </Button>
                  )}
                  {one.version < head.latestVersion && (
                    <Button size="sm" onClick={() => props.onTake(one)}>
                      {t('take')}
                    </Button>
                  )}
                </span>
              )}
            </span>
          ),
          raw: props.factsOf(one),
        }))}
      />
    </div>
  );
}
