/**
 * What the thread that opens a PDF runs. It is text because it must not be bundled: the thread loads the reader by the path it is
 * given, and is ended together with everything the file made it do.
 *
 * It says `facts` once the pages are counted, then `done` with the first page drawn, or without it where that cannot be drawn.
 */
export const DOCUMENT_WORKER = `
'use strict';
const { readFileSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { file, reader, folder, limits } = workerData;

/** A page is drawn this wide, or smaller where it is very tall; a narrow one is not stretched beyond four times its size. */
function scaleOf({ width, height }) {
  const room = Math.sqrt(limits.pixels / (width * height));
  return Math.min(limits.width / width, limits.side / height, room, 4);
}

async function draw(page) {
  const { createCanvas } = require(workerData.canvas);
  const viewport = page.getViewport({ scale: scaleOf(page.getViewport({ scale: 1 })) });
  const canvas = createCanvas(Math.max(1, Math.round(viewport.width)), Math.max(1, Math.round(viewport.height)));
  await page.render({ canvas, canvasContext: canvas.getContext('2d'), viewport, background: '#ffffff' }).promise;
  return canvas.encode('png');
}

async function main() {
  const { getDocument, VerbosityLevel } = await import(reader).catch((error) => {
    throw Object.assign(new Error(String(error)), { name: 'ReaderMissing' });
  });
  const task = getDocument({
    data: new Uint8Array(readFileSync(file)),
    verbosity: VerbosityLevel.ERRORS,
    maxImageSize: limits.imagePixels,
    canvasMaxAreaInBytes: limits.imagePixels * 4,
    enableXfa: false,
    useSystemFonts: false,
    useWorkerFetch: false,
    standardFontDataUrl: folder + 'standard_fonts/',
    cMapUrl: folder + 'cmaps/',
    wasmUrl: folder + 'wasm/',
    iccUrl: folder + 'iccs/',
  });
  const pdf = await task.promise;
  if (await pdf.getPermissions() !== null) return { fault: 'encrypted' };
  const { numPages: pages } = pdf;
  if (pages < 1) return { fault: 'empty' };
  const page = await pdf.getPage(1);
  // The count is what the file says; the last page proves it.
  await pdf.getPage(pages);
  const { width, height } = page.getViewport({ scale: 1 });
  if (!(width >= 1 && height >= 1)) return { fault: 'damaged' };
  const info = await pdf.getMetadata().then(({ info }) => info, () => ({}));
  const title = typeof info.Title === 'string' ? info.Title.slice(0, 2000) : '';
  parentPort.postMessage({ facts: { pages, width, height, title } });
  if (pages > limits.pages || !workerData.canvas) return { done: true };
  try {
    return { done: true, page: await draw(page) };
  } catch {
    return { done: true };
  }
}

const FAULTS = { PasswordException: 'encrypted', ReaderMissing: 'unavailable' };
main().then(
  (answer) => parentPort.postMessage(answer),
  (error) => parentPort.postMessage({ fault: FAULTS[error && error.name] || 'damaged'}),
);
`;
