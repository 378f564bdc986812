import type { FakeAnswer } from './server';

export interface Photo {
  id: string;
  alt: string;
  mime: string;
  bytes: number;
}

export interface Video {
  id: string;
  session: string;
  kind: 'video' | 'reel';
  size: number;
  received: number;
  /** Status questions still to be answered with "processing" after the end. */
  polls: number;
  description: string;
  finished: boolean;
  failed: boolean;
  createdAt: Date;
  gone: boolean;
}

const PIECE = 8_000;

/** Facebook says which piece it wants next; equal when it has everything. */
export function offsets(video: Video) {
  const end = Math.min(video.received + PIECE, video.size);
  return { start_offset: String(video.received), end_offset: String(end) };
}

/** What it says of a video. @param done whether it is out. */
export function videoState(video: Video, done: boolean): FakeAnswer {
  const working = video.finished ? 'in_progress' : 'not_started';
  const state = video.failed && video.finished ? 'error' : done ? 'complete' : working;
  return {
    status: 200,
    body: {
      id: video.id,
      status: {
        video_status: state === 'complete' ? 'ready' : state === 'error' ? 'error' : 'processing',
        uploading_phase: {
          status: video.received === video.size ? 'complete' : 'in_progress',
          bytes_transfered: video.received,
        },
        processing_phase: {
          status: state,
          ...(state === 'error' ? { errors: [{ message: 'The video is broken' }] } : {}),
        },
        publishing_phase: {
          status: done ? 'complete' : 'not_started',
          ...(done ? { publish_status: 'published' } : {}),
        },
      },
      permalink_url: `/${video.kind === 'reel' ? 'reel' : 'watch'}/${video.id}/`,
    },
  };
}

export function attachments(photos: Photo[]) {
  const targets = photos.map(({ id }) => ({ target: { id } }));
  const [first] = targets;
  return { data: targets.length === 1 ? [first] : [{ subattachments: { data: targets } }] };
}
