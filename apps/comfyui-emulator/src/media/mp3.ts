import type { Silence } from './flac';

const SAMPLES_PER_FRAME = 1152;
const BITRATES_KBPS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] as const;
/** MPEG-1 knows three rates; anything else is taken to the first. */
const SAMPLE_RATES = [44100, 48000, 32000] as const;

export type Mp3Bitrate = (typeof BITRATES_KBPS)[number];

/** An MP3 of silence: MPEG-1 layer III frames whose side information and data are zero. */
export function encodeMp3(
  { sampleRate, channels, durationS }: Silence,
  bitrateKbps: Mp3Bitrate,
): Buffer {
  const rateIndex = Math.max(
    0,
    SAMPLE_RATES.findIndex((rate) => rate === sampleRate),
  );
  const rate = SAMPLE_RATES[rateIndex] ?? SAMPLE_RATES[0];
  const frames = Math.max(1, Math.round((durationS * rate) / SAMPLES_PER_FRAME));
  const exactBytes = (144_000 * bitrateKbps) / rate;
  const bitrateIndex = BITRATES_KBPS.indexOf(bitrateKbps);
  let written = 0;
  return Buffer.concat(
    Array.from({ length: frames }, (_, index) => {
      // A frame is padded by one byte whenever the exact bitrate has run ahead.
      const length = Math.floor(exactBytes * (index + 1)) - written;
      written += length;
      const isPadded = length > Math.floor(exactBytes);
      const frame = Buffer.alloc(length);
      frame.writeUInt16BE(0xfffb, 0);
      frame[2] = (bitrateIndex << 4) | (rateIndex << 2) | (isPadded ? 2 : 0);
      frame[3] = channels === 1 ? 0xc4 : 0x04;
      return frame;
    }),
  );
}
