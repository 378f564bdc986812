import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  MovOutputFormat,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny';
import { describe, expect, it } from 'vitest';
import { look } from './media-inspection';

const folder = mkdtempSync(join(tmpdir(), 'irisync-inspection-'));
let serial = 0;

interface Sound {
  codec: 'aac' | 'opus';
  config: AudioDecoderConfig;
}

const aac = (codec: string, description: number[]): Sound => ({
  codec: 'aac',
  config: { codec, numberOfChannels: 2, sampleRate: 44_100, description: Uint8Array.from(description) },
});

/** Containers are real, packets are filler: what is inside is said by the container. */
async function film(
  format: Mp4OutputFormat | MovOutputFormat | WebMOutputFormat,
  pictures: { codec: 'vp8' | 'vp9'; string: string },
  sound: Sound | null,
): Promise<string> {
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const video = new EncodedVideoPacketSource(pictures.codec);
  output.addVideoTrack(video, { frameRate: 30 });
  const audio = sound ? new EncodedAudioPacketSource(sound.codec) : null;
  if (audio) output.addAudioTrack(audio);
  await output.start();
  const config = { decoderConfig: { codec: pictures.string, codedWidth: 320, codedHeight: 568 } };
  for (let frame = 0; frame < 30; frame += 1) {
    const packet = new EncodedPacket(
      new Uint8Array(20).fill(frame),
      frame === 0 ? 'key' : 'delta',
      frame / 30,
      1 / 30,
    );
    await video.add(packet, config);
  }
  if (audio && sound) {
    for (let at = 0; at < 10; at += 1)
      await audio.add(new EncodedPacket(new Uint8Array(20), 'key', at / 10, 0.1), {
        decoderConfig: sound.config,
      });
  }
  await output.finalize();
  serial += 1;
  const file = join(folder, `film-${serial}`);
  await writeFile(file, new Uint8Array(target.buffer ?? new ArrayBuffer(0)));
  return file;
}

describe('what is inside a video', () => {
  const VP9 = { codec: 'vp9', string: 'vp09.00.10.08' } as const;
  const VP8 = { codec: 'vp8', string: 'vp8' } as const;
  const opus: Sound = { codec: 'opus', config: { codec: 'opus', numberOfChannels: 2, sampleRate: 48_000 } };

  it.each([
    [
      'MP4 with AAC',
      new Mp4OutputFormat(),
      VP9,
      aac('mp4a.40.2', [0x12, 0x10]),
      { videoCodec: 'vp9', audioCodec: 'aac' },
    ],
    [
      'MOV with High Efficiency AAC',
      new MovOutputFormat(),
      VP9,
      aac('mp4a.40.5', [0x2b, 0x92, 0x08, 0x00]),
      { videoCodec: 'vp9', audioCodec: 'he_aac' },
    ],
    ['WebM', new WebMOutputFormat(), VP8, opus, { videoCodec: 'vp8', audioCodec: 'opus' }],
  ])('is known of %s', async (_, format, pictures, sound, expected) => {
    const { facts, previews } = await look(await film(format, pictures, sound), 'video');
    expect(facts).toMatchObject({ ...expected, width: 320, height: 568, framesPerSecond: 30 });
    expect(previews).toEqual([]);
  });

  it('says nothing of sound where there is none', async () => {
    const { facts } = await look(await film(new Mp4OutputFormat(), VP9, null), 'video');
    expect(facts).not.toHaveProperty('audioCodec');
  });
});
