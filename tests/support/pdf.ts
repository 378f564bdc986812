import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** Small real PDFs for tests, and broken ones; each different unless the same `seed` is given. */

interface PdfOptions {
  pages?: number;
  title?: string;
  /** Points. */
  width?: number;
  height?: number;
  /** What the first page draws; packed as often as said. */
  drawing?: string | Buffer;
  packed?: number;
  /** With a password that nobody knows, or `openly`: none is asked for, but restrictions hold. */
  encrypted?: boolean | 'openly';
  seed?: number;
}

let seeds = 0;

export function pdf(options: PdfOptions = {}): Uint8Array<ArrayBuffer> {
  seeds += 1;
  const { pages = 1, title, width = 600, height = 400, seed = seeds, packed = 0 } = options;
  let drawing = Buffer.from(
    options.drawing ?? '1 0 0 rg 0 0 300 200 re f BT /F1 24 Tf 50 300 Td (Irises) Tj ET',
  );
  for (let round = 0; round < packed; round += 1) drawing = deflateSync(drawing, { level: 9 });
  const filter = packed > 0 ? ` /Filter [${'/FlateDecode '.repeat(packed)}]` : '';
  const first = 6;
  const kids = Array.from({ length: pages }, (_, index) => `${first + index} 0 R`).join(' ');
  const page = `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents 3 0 R /Resources << /Font << /F1 4 0 R >> >> >>`;
  const objects: (string | Buffer)[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages} >>`,
    Buffer.concat([
      Buffer.from(`<< /Length ${drawing.byteLength}${filter} >>\nstream\n`),
      drawing,
      Buffer.from('\nendstream'),
    ]),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Producer (IriSync ${seed})${title === undefined ? '' : ` /Title ${hexText(title)}`} >>`,
    ...Array.from({ length: pages }, () => page),
  ];
  return assembled(objects, options.encrypted ?? false);
}

function assembled(objects: (string | Buffer)[], encrypted: boolean | 'openly'): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  const offsets: number[] = [];
  let length = parts[0]?.byteLength ?? 0;
  for (const [index, object] of objects.entries()) {
    offsets.push(length);
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      Buffer.from(object),
      Buffer.from('\nendobj\n'),
    ]);
    parts.push(part);
    length += part.byteLength;
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const id = `<${FILE_ID}>`;
  const user = encrypted === 'openly' ? openUserKey() : '31'.repeat(32);
  const key = `/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${OWNER_KEY}> /U <${user}> >> /ID [${id} ${id}]`;
  parts.push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} /Root 1 0 R /Info 5 0 R ${encrypted ? key : ''} >>\nstartxref\n${length}\n%%EOF\n`,
    ),
  );
  return Uint8Array.from(Buffer.concat(parts));
}

const FILE_ID = '00112233445566778899aabbccddeeff';
const OWNER_KEY = '28'.repeat(32);
/** What stands for an empty password. ISO 32000-1 §7.6.3.3, algorithms 2 and 4. */
const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');

function openUserKey(): string {
  const permissions = Buffer.alloc(4);
  permissions.writeInt32LE(-4);
  const parts = [PADDING, Buffer.from(OWNER_KEY, 'hex'), permissions, Buffer.from(FILE_ID, 'hex')];
  const key = createHash('md5').update(Buffer.concat(parts)).digest().subarray(0, 5);
  return rc4(key, PADDING).toString('hex');
}

function rc4(key: Buffer, text: Buffer): Buffer {
  const state = Array.from({ length: 256 }, (_, index) => index);
  const at = (index: number) => state[index & 255] ?? 0;
  const swap = (a: number, b: number) => {
    const kept = at(a);
    state[a & 255] = at(b);
    state[b & 255] = kept;
  };
  for (let i = 0, j = 0; i < 256; i += 1) {
    j = (j + at(i) + (key[i % key.byteLength] ?? 0)) & 255;
    swap(i, j);
  }
  let j = 0;
  return Buffer.from(
    text.map((byte, index) => {
      j = (j + at(index + 1)) & 255;
      swap(index + 1, j);
      return byte ^ at(at(index + 1) + at(j));
    }),
  );
}

/** UTF-16, as PDF writes what is beyond Latin letters. */
function hexText(text: string): string {
  return `<FEFF${Buffer.from(text, 'utf16le').swap16().toString('hex')}>`;
}

/** A page that unpacks to that many bytes, from a few hundred. */
export function pdfBomb(bytes: number): Uint8Array<ArrayBuffer> {
  return pdf({ drawing: Buffer.alloc(bytes, ' '), packed: 2 });
}
