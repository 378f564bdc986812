import 'server-only';
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { ServiceUnavailableError, ValidationError } from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import { DOCUMENT_WORKER } from './document-worker.data';
import { MAX_DOCUMENT_PAGES, THUMBNAIL_WIDTHS } from './media-limits';
import { CONTENT_LIMITS } from './schema';

export interface DocumentFacts {
  pages: number;
  /** Of the first page, in points (1/72 inch). */
  width: number;
  height: number;
  /** What the document calls itself. */
  title?: string;
}

export interface SeenDocument {
  facts: DocumentFacts;
  /** The first page as PNG; null where it cannot be drawn. */
  firstPage: Uint8Array | null;
}

export interface DocumentLimits {
  /** From the start of the thread to its last word. Milliseconds. */
  milliseconds: number;
  /** Of the thread's objects, and of its buffers. */
  heapMegabytes: number;
  bufferBytes: number;
}

/** Generous for what people publish, and little enough for a machine that also does other things. */
const LIMITS: DocumentLimits = {
  milliseconds: 15_000,
  heapMegabytes: 384,
  bufferBytes: 400_000_000,
};
/** All of them together take less than an upload is held by its request. */
const WAITING_MAX = 6;
/** Buffers are outside what Node limits by itself, so somebody has to look. */
const LOOK_EVERY_MS = 25;

type Fault = 'encrypted' | 'empty' | 'damaged' | 'truncated' | 'too_long' | 'memory' | 'timeout';

const REASONS: Record<Fault, string> = {
  encrypted: 'This PDF is protected by a password or by restrictions. Save a copy without protection.',
  empty: 'This PDF has no pages. Export it again.',
  damaged: 'This PDF is damaged and cannot be read. Export it again.',
  truncated: 'This PDF is cut off: its end is missing. Export or download it again.',
  too_long: `A document may have up to ${MAX_DOCUMENT_PAGES} pages. Split it.`,
  memory:
    'This PDF unpacks to far more than it should and was not opened. Export it again, with smaller pictures.',
  timeout: 'This PDF takes too long to open and was given up on. Export it again, in a simpler form.',
};

const refuse = (fault: Fault | 'unavailable') =>
  fault === 'unavailable'
    ? new ServiceUnavailableError('PDFs cannot be read on this server: its PDF reader is not installed.')
    : ValidationError.at('body', REASONS[fault]);

const answerSchema = z.object({
  facts: z.object({ pages: z.number(), width: z.number(), height: z.number(), title: z.string() }).optional(),
  fault: z.enum(['encrypted', 'empty', 'damaged', 'unavailable']).optional(),
  done: z.boolean().optional(),
  page: z.instanceof(Uint8Array).optional(),
});

/**
 * Opens a PDF in a thread of its own, one file at a time: it is a stranger's, and nothing in it may hold or fill this process.
 * @throws ValidationError at `body` with the reason when it is encrypted, cut off, damaged, without pages, too long, or does not
 *   open within the limits. ServiceUnavailableError while too many others wait.
 */
export async function inspectDocument(
  file: string,
  limits: Partial<DocumentLimits> = {},
): Promise<SeenDocument> {
  if (!(await endsWhole(file))) throw refuse('truncated');
  if (waiting > WAITING_MAX)
    throw new ServiceUnavailableError('Many documents are being opened right now. Try again in a minute.');
  waiting += 1;
  const turn = last.then(() => readInThread(file, { ...LIMITS, ...limits }));
  last = turn.then(
    () => undefined,
    () => undefined,
  );
  try {
    return await turn;
  } finally {
    waiting -= 1;
  }
}

let last: Promise<void> = Promise.resolve();
/** The one that is open included. */
let waiting = 0;

/** Readers mend a file without its end, and then count only the pages they found: networks refuse such a file. ISO 32000-1 §7.5.5. */
async function endsWhole(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, 4_096));
    await handle.read(tail, 0, tail.byteLength, size - tail.byteLength);
    return tail.includes('%%EOF');
  } finally {
    await handle.close();
  }
}

/**
 * Where the reader and what draws lie: resolved from the folder the app runs in, where bundles have no module folder of their own.
 * Drawing needs a part made for this kind of machine; without it documents have no preview.
 */
function readerPaths() {
  const reader = found('pdfjs-dist/legacy/build/pdf.mjs');
  if (!reader) throw refuse('unavailable');
  return {
    reader: pathToFileURL(reader).href,
    folder: `${join(dirname(reader), '..', '..')}/`,
    canvas: found('@napi-rs/canvas'),
  };
}

function found(name: string): string | null {
  try {
    return createRequire(join(process.cwd(), 'package.json')).resolve(name);
  } catch (error) {
    logger.warn({ err: error }, 'a part that reads PDFs is not installed');
    return null;
  }
}

function startThread(file: string, limits: DocumentLimits): Worker {
  return new Worker(DOCUMENT_WORKER, {
    eval: true,
    env: {},
    execArgv: [],
    // What the reader has to say of a stranger's file is no concern of our log.
    stdout: true,
    stderr: true,
    workerData: {
      file,
      ...readerPaths(),
      limits: {
        pages: MAX_DOCUMENT_PAGES,
        width: Math.max(...THUMBNAIL_WIDTHS),
        side: 4_000,
        pixels: 4_000_000,
        imagePixels: 40_000_000,
      },
    },
    resourceLimits: {
      maxOldGenerationSizeMb: limits.heapMegabytes,
      maxYoungGenerationSizeMb: 32,
      stackSizeMb: 4,
    },
  });
}

async function readInThread(file: string, limits: DocumentLimits): Promise<SeenDocument> {
  const thread = startThread(file, limits);
  let facts: DocumentFacts | null = null;
  const timers: NodeJS.Timeout[] = [];
  try {
    return await new Promise<SeenDocument>((resolve, reject) => {
      timers.push(setTimeout(() => reject(refuse('timeout')), limits.milliseconds));
      timers.push(setInterval(() => void watchBuffers(thread, limits, reject), LOOK_EVERY_MS));
      thread.on('message', (message: unknown) => {
        const said = answerSchema.safeParse(message).data;
        if (!said || said.fault) return reject(refuse(said?.fault ?? 'damaged'));
        if (said.facts) facts = factsOf(said.facts);
        if (facts && facts.pages > MAX_DOCUMENT_PAGES) return reject(refuse('too_long'));
        if (said.done && facts) resolve({ facts, firstPage: said.page ?? null });
      });
      thread.on('error', (error: Error & { code?: string }) => reject(threadFault(error)));
      thread.on('exit', () => reject(refuse('damaged')));
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    await thread.terminate();
  }
}

async function watchBuffers(
  thread: Worker,
  { bufferBytes }: DocumentLimits,
  reject: (error: Error) => void,
): Promise<void> {
  try {
    const { external_memory: held } = await thread.getHeapStatistics();
    if (held > bufferBytes) reject(refuse('memory'));
  } catch {
    // The thread has just ended: its last word stands.
  }
}

function threadFault(error: Error & { code?: string }): Error {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return refuse('memory');
  if (error instanceof RangeError) return refuse('memory');
  return refuse('damaged');
}

function factsOf({ pages, width, height, title }: DocumentFacts & { title: string }): DocumentFacts {
  const named = title
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, CONTENT_LIMITS.documentTitleMax);
  return {
    pages,
    width: Math.round(width),
    height: Math.round(height),
    ...(named ? { title: named } : {}),
  };
}
