'use client';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Select } from '@/ui/select';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import type { MediaAsset, StoredMedia } from '../../media-schema';
import { cropOf, type Framing, SHAPES, type Shape } from './crop-frame';
import { fileUrl } from './media-url';

const NAMES = Object.keys(SHAPES) as Shape[];
const MIDDLE: Framing = { x: 0.5, y: 0.5, size: 1 };
const STEP = 0.02;
const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

export interface CropDialogProps {
  asset: MediaAsset & { width: number; height: number };
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onCropped: (copy: MediaAsset) => void;
}

/** A part of a picture in the shape a network wants, as a copy. */
export function CropDialog({ asset, open, onOpenChange, onCropped }: CropDialogProps) {
  const t = useTranslations('media.crop');
  const [shape, setShape] = useState<Shape>('square');
  const [framing, setFraming] = useState(MIDDLE);
  const { busy, error, attempt } = useAttempt();
  const part = cropOf(asset, SHAPES[shape], framing);
  const save = async () => {
    await attempt(async () => {
      const made = await api<StoredMedia>('POST', `/api/media/${asset.id}/crop`, {
        body: part,
        idempotencyKey: crypto.randomUUID(),
      });
      toast.success(t('saved'));
      onOpenChange(false);
      onCropped(made.asset);
    });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      size="lg"
      title={t('title')}
      description={t('description')}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t('cancel')}</Button>
          <Button variant="primary" loading={busy} onClick={() => void save()}>
            {t('save')}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <Frame asset={asset} part={part} framing={framing} onFraming={setFraming} />
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t('shape')}>
            <Select
              value={shape}
              onValueChange={(value) => setShape(value as Shape)}
              options={NAMES.map((name) => ({ value: name, label: t(`shapes.${name}`) }))}
            />
          </Field>
          <Size value={framing.size} onValue={(size) => setFraming((before) => ({ ...before, size }))} />
        </div>
        <p className="text-muted text-sm tabular-nums">
          {t('result', { width: part.width, height: part.height })}
        </p>
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Dialog>
  );
}

function Size({ value, onValue }: { value: number; onValue: (value: number) => void }) {
  const t = useTranslations('media.crop');
  const id = useId();
  return (
    <div className="grid content-start gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {t('size')}
      </label>
      <input
        id={id}
        type="range"
        min={0.3}
        max={1}
        step={0.01}
        value={value}
        onChange={(event) => onValue(Number(event.target.value))}
        className="accent-iris"
      />
    </div>
  );
}

interface FrameProps extends Pick<CropDialogProps, 'asset'> {
  part: ReturnType<typeof cropOf>;
  framing: Framing;
  onFraming: (framing: Framing) => void;
}

/** The picture with the frame over it: dragged, or moved with the arrow keys. */
function Frame({ asset, part, framing, onFraming }: FrameProps) {
  const t = useTranslations('media.crop');
  const box = useRef<HTMLDivElement>(null);
  const percent = (value: number, whole: number) => `${(value / whole) * 100}%`;
  // From where the frame really is: what was pushed past an edge does not have to be pushed back.
  const middle = {
    x: (part.left + part.width / 2) / asset.width,
    y: (part.top + part.height / 2) / asset.height,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    onFraming({ ...framing, x: middle.x + move[0], y: middle.y + move[1] });
  };
  const onPointerMove = (event: PointerEvent) => {
    const shown = box.current?.getBoundingClientRect();
    if (!shown || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onFraming({
      ...framing,
      x: middle.x + event.movementX / shown.width,
      y: middle.y + event.movementY / shown.height,
    });
  };
  return (
    <div
      ref={box}
      className="relative mx-auto w-full overflow-hidden rounded-md bg-sunken"
      style={{ aspectRatio: asset.width / asset.height, maxWidth: `${(asset.width / asset.height) * 24}rem` }}
    >
      {/* biome-ignore lint/performance/noImgElement: the original, to be cut by eye */}
      <img src={fileUrl(asset.organizationId, asset.id)} alt={asset.altText} className="block size-full" />
      <button
        type="button"
        aria-label={t('move')}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        className="absolute cursor-move touch-none border-2 border-iris shadow-[0_0_0_100vmax_var(--color-scrim)] focus-visible:outline-2 focus-visible:outline-iris"
        style={{
          left: percent(part.left, asset.width),
          top: percent(part.top, asset.height),
          width: percent(part.width, asset.width),
          height: percent(part.height, asset.height),
        }}
      />
    </div>
  );
}
