import { randomBytes } from 'node:crypto';
import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from 'mediabunny';
import sharp from 'sharp';

/** Small real files for tests, each different unless the same `seed` is given. */

let seeds = 0;

export async function picture(
  options: {
    width?: number;
    height?: number;
    format?: 'jpeg' | 'png' | 'webp';
    seed?: number;
    noise?: boolean;
  } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  seeds += 1;
  const { width = 64, height = 48, format = 'png', seed = seeds, noise = false } = options;
  const colour = { r: seed % 256, g: (seed >> 8) % 256, b: 120 };
  const base = sharp({ create: { width, height, channels: 3, background: colour } });
  const image = noise
    ? sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } })
    : base;
  return Uint8Array.from(await image.toFormat(format, format === 'png' ? {} : { quality: 100 }).toBuffer());
}

/** An MP4 whose container is sound and whose frames are filler: enough for everything but decoding. */
export async function clip(seconds = 2, framesPerSecond = 30): Promise<Uint8Array<ArrayBuffer>> {
  seeds += 1;
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat(), target });
  const source = new EncodedVideoPacketSource('vp9');
  output.addVideoTrack(source, { frameRate: framesPerSecond });
  await output.start();
  const config = { decoderConfig: { codec: 'vp09.00.10.08', codedWidth: 640, codedHeight: 360 } };
  for (let frame = 0; frame < seconds * framesPerSecond; frame += 1) {
    const data = new Uint8Array(64).fill((seeds + frame) % 256);
    const at = frame / framesPerSecond;
    await source.add(
      new EncodedPacket(data, frame % 30 === 0 ? 'key' : 'delta', at, 1 / framesPerSecond),
      config,
    );
  }
  await output.finalize();
  if (!target.buffer) throw new Error('No clip was made.');
  return new Uint8Array(target.buffer);
}

/** What a sink of bytes got. */
export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A clip of at least that many bytes: the rest is a part that players skip. */
export async function longClip(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const start = Buffer.from(await clip(1));
  const skipped = Buffer.alloc(bytes + 1_000);
  skipped.writeUInt32BE(skipped.byteLength);
  skipped.write('free', 4);
  return Uint8Array.from(Buffer.concat([start, skipped]));
}
