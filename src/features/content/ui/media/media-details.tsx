'use client';
import { Crop, Download, Trash2 } from 'lucide-react';
import { useFormatter, useLocale, useTranslations } from 'next-intl';
import { lazy, Suspense, useId, useState } from 'react';
import { api } from '@/client/api';
import { documentTitle } from '@/features/platforms/rules/document-title';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { CopyButton } from '@/ui/copy-button';
import { DateTime } from '@/ui/date-time';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Sheet } from '@/ui/sheet';
import { Textarea } from '@/ui/textarea';
import { toast } from '@/ui/toast';
import type { MediaAsset } from '../../media-schema';
import { CONTENT_LIMITS } from '../../schema';
import { type ContentSession, may } from '../session';
import { durationText, shapeText, sizeText } from './media-facts-text';
import { MediaThumb } from './media-thumb';
import { fileUrl } from './media-url';

const CropDialog = lazy(() => import('./crop-dialog').then((module) => ({ default: module.CropDialog })));

export interface MediaDetailsProps {
  asset: MediaAsset;
  session: ContentSession;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChanged?: (asset: MediaAsset) => void;
  onDeleted?: (asset: MediaAsset) => void;
  /** A crop of it was added to the library. */
  onCropped?: (copy: MediaAsset) => void;
}

/** One file: large, with its description, tags and facts. */
export function MediaDetails(props: MediaDetailsProps) {
  const { asset, session, open, onOpenChange } = props;
  const t = useTranslations('media');
  const formId = useId();
  const [asking, setAsking] = useState(false);
  const [cropping, setCropping] = useState(false);
  const canWrite = may(session, 'media.write');
  const canDelete = canWrite && (asset.uploadedBy === session.userId || may(session, 'content.manage'));
  const [busy, setBusy] = useState(false);
  const { width, height } = asset;
  const canCrop = canWrite && asset.kind === 'image' && width && height;
  return (
    <Sheet
      open={open}
      onOpenChange={onOpenChange}
      title={asset.filename}
      footer={
        canWrite && (
          <>
            {canCrop && (
              <Button icon={Crop} variant="ghost" onClick={() => setCropping(true)}>
                {t('details.crop')}
              </Button>
            )}
            {canDelete && (
              <Button icon={Trash2} variant="ghost" onClick={() => setAsking(true)}>
                {t('details.delete')}
              </Button>
            )}
            <Button type="submit" form={formId} variant="primary" loading={busy}>
              {t('details.save')}
            </Button>
          </>
        )
      }
    >
      <div className="grid gap-5">
        <div className="aspect-video overflow-hidden rounded-lg border border-line bg-sunken">
          {asset.kind === 'video' ? (
            <video
              src={fileUrl(asset.organizationId, asset.id)}
              controls
              className="size-full object-contain"
            >
              <track kind="captions" />
            </video>
          ) : (
            <MediaThumb asset={asset} size={960} className="object-contain" />
          )}
        </div>
        <DetailsForm
          key={`${asset.id} ${asset.updatedAt.getTime()}`}
          {...props}
          formId={formId}
          onBusy={setBusy}
          readOnly={!canWrite}
        />
        <Facts asset={asset} />
      </div>
      {canCrop && cropping && (
        <Suspense>
          <CropDialog
            asset={{ ...asset, width, height }}
            open
            onOpenChange={setCropping}
            onCropped={(copy) => {
              onOpenChange(false);
              props.onCropped?.(copy);
            }}
          />
        </Suspense>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('details.deleteTitle', { name: asset.filename })}
        body={t('details.deleteBody')}
        confirmLabel={t('details.delete')}
        danger
        onConfirm={async () => {
          await api('DELETE', `/api/media/${asset.id}`);
          toast.success(t('details.deleted'));
          onOpenChange(false);
          props.onDeleted?.(asset);
        }}
      />
    </Sheet>
  );
}

function DetailsForm(
  props: MediaDetailsProps & { formId: string; onBusy: (busy: boolean) => void; readOnly: boolean },
) {
  const { asset, formId, onBusy, readOnly } = props;
  const t = useTranslations('media.details');
  const d = useTranslations('media.document');
  const [altText, setAltText] = useState(asset.altText);
  const [tags, setTags] = useState(asset.tags.join(', '));
  const [error, setError] = useState<unknown>(null);
  const save = async () => {
    onBusy(true);
    setError(null);
    try {
      const changed = await api<MediaAsset>('PATCH', `/api/media/${asset.id}`, {
        body: { altText, tags: tagList(tags) },
        idempotencyKey: crypto.randomUUID(),
      });
      toast.success(t('saved'));
      props.onChanged?.({ ...asset, altText: changed.altText, tags: changed.tags });
    } catch (cause) {
      setError(cause);
    } finally {
      onBusy(false);
    }
  };
  return (
    <form
      id={formId}
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {asset.kind === 'document' ? (
        <Field
          label={d('title')}
          hint={d('titleHint', { fallback: documentTitle({ ...asset, altText: '' }) })}
        >
          <Input
            value={altText}
            onChange={(event) => setAltText(event.target.value)}
            maxLength={CONTENT_LIMITS.documentTitleMax}
            readOnly={readOnly}
          />
        </Field>
      ) : (
        <Field label={t('altText')} hint={t('altTextHint')}>
          <Textarea
            value={altText}
            onChange={(event) => setAltText(event.target.value)}
            maxLength={CONTENT_LIMITS.altTextMax}
            readOnly={readOnly}
            rows={3}
          />
        </Field>
      )}
      <Field label={t('tags')} hint={t('tagsHint')}>
        <Input value={tags} onChange={(event) => setTags(event.target.value)} readOnly={readOnly} />
      </Field>
      {error !== null && <ErrorState error={error} compact />}
    </form>
  );
}

/** "sun, sea , sun" → sun, sea. */
export function tagList(text: string): string[] {
  return [
    ...new Set(
      text
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
}

function Facts({ asset }: { asset: MediaAsset }) {
  const t = useTranslations('media.details');
  const d = useTranslations('media.document');
  const locale = useLocale();
  const formatter = useFormatter();
  const rows: [string, React.ReactNode][] = [
    [t('type'), asset.mime],
    [t('size'), sizeText(asset.bytes, locale)],
    // Of a document they are points of its first page, which nobody asks for.
    [t('dimensions'), asset.kind === 'document' ? null : shapeText(asset)],
    [d('pageCount'), asset.pages ? formatter.number(asset.pages) : null],
    [d('ownTitle'), asset.title],
    [t('length'), asset.durationSeconds ? durationText(asset.durationSeconds) : null],
    [t('frames'), asset.framesPerSecond ? t('perSecond', { count: asset.framesPerSecond }) : null],
    [t('coding'), [asset.videoCodec, asset.audioCodec].filter(Boolean).join(' · ')],
    [t('source'), t(`sources.${asset.source}`)],
    [t('added'), <DateTime key="added" at={asset.createdAt} />],
    [
      t('id'),
      <span key="id" className="inline-flex items-center gap-1 font-mono text-xs">
        {asset.id} <CopyButton value={asset.id} />
      </span>,
    ],
  ];
  return (
    <div className="grid gap-3">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
        {rows.map(
          ([name, value]) =>
            value && (
              <div key={name} className="contents">
                <dt className="text-muted">{name}</dt>
                <dd className="min-w-0 break-words">{value}</dd>
              </div>
            ),
        )}
      </dl>
      <a
        href={fileUrl(asset.organizationId, asset.id)}
        download={asset.filename}
        className="inline-flex items-center gap-1.5 text-sm text-iris-text hover:underline"
      >
        <Download size={16} aria-hidden="true" /> {t('download')}
      </a>
    </div>
  );
}
