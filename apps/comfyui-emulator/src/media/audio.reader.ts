/** What a sound file tells about itself. */
export interface AudioFacts {
  readonly sampleRate: number;
  readonly channels: number;
  readonly durationS: number;
}

/** Reads the header of a wav, flac, mp3, ogg or mp4 file; `undefined` when it is none of them. */
export function readAudio(content: Buffer): AudioFacts | undefined {
  const start = content.toString('latin1', 0, 12);
  if (start.startsWith('RIFF') && start.endsWith('WAVE')) return readWav(content);
  if (start.startsWith('fLaC')) return readFlac(content);
  if (start.startsWith('OggS')) return readOgg(content);
  if (start.slice(4, 8) === 'ftyp') return ASSUMED;
  return readMp3(content);
}

/** Of containers that are not looked into. */
const ASSUMED: AudioFacts = { sampleRate: 44100, channels: 2, durationS: 10 };

function readWav(content: Buffer): AudioFacts {
  const format = content.indexOf('fmt ') + 8;
  const data = content.indexOf('data', format);
  const bytesPerSecond = content.readUInt32LE(format + 8);
  const bytes = data === -1 ? 0 : Math.min(content.readUInt32LE(data + 4), content.length - data);
  return {
    channels: content.readUInt16LE(format + 2),
    sampleRate: content.readUInt32LE(format + 4),
    durationS: bytesPerSecond === 0 ? 0 : bytes / bytesPerSecond,
  };
}

function readFlac(content: Buffer): AudioFacts {
  const packed = content.readBigUInt64BE(18);
  const sampleRate = Number(packed >> 44n);
  const samples = Number(packed & 0xfffffffffn);
  return {
    sampleRate,
    channels: Number((packed >> 41n) & 7n) + 1,
    durationS: sampleRate === 0 ? 0 : samples / sampleRate,
  };
}

function readOgg(content: Buffer): AudioFacts {
  const lastPage = content.lastIndexOf('OggS');
  const position = Number(content.readBigUInt64LE(lastPage + 6));
  const opus = content.indexOf('OpusHead');
  if (opus === -1) {
    const vorbis = content.indexOf('vorbis') + 6;
    const sampleRate = content.readUInt32LE(vorbis + 5) || ASSUMED.sampleRate;
    return { sampleRate, channels: content[vorbis + 4] ?? 2, durationS: position / sampleRate };
  }
  const preSkip = content.readUInt16LE(opus + 10);
  return {
    sampleRate: 48000,
    channels: content[opus + 9] ?? 2,
    durationS: (position - preSkip) / 48000,
  };
}

const BITRATES_KBPS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const SAMPLE_RATES = [44100, 48000, 32000];

/** Takes the first frame's bitrate for the whole file's. */
function readMp3(content: Buffer): AudioFacts | undefined {
  const at = content.toString('latin1', 0, 3) === 'ID3' ? 10 + syncSafe(content, 6) : 0;
  if (at + 4 > content.length || content[at] !== 0xff || ((content[at + 1] ?? 0) & 0xe6) !== 0xe2) {
    return undefined;
  }
  const third = content[at + 2] ?? 0;
  const bitrate = (BITRATES_KBPS[third >> 4] ?? 0) * 1000;
  return {
    sampleRate: SAMPLE_RATES[(third >> 2) & 3] ?? ASSUMED.sampleRate,
    channels: (content[at + 3] ?? 0) >> 6 === 3 ? 1 : 2,
    durationS: bitrate === 0 ? ASSUMED.durationS : ((content.length - at) * 8) / bitrate,
  };
}

function syncSafe(content: Buffer, at: number): number {
  return [...content.subarray(at, at + 4)].reduce((value, byte) => (value << 7) | byte, 0);
}
