import { readFile } from 'node:fs/promises';

import { readAudio } from '../media/audio.reader';
import { encodeFlac } from '../media/flac';
import { encodeMp3, type Mp3Bitrate } from '../media/mp3';
import { encodeOggOpus } from '../media/ogg-opus';
import { digestOf } from './digest';
import { metadataText, saveFile } from './file-save';
import { tempPrefix } from './image-save.nodes';
import { AUDIO_FILES, fileHash, inputFile, resolveAnnotated } from './input-files';
import { emptyLatent } from './latent.nodes';
import type { NodeContext, NodeResult } from './node-class';
import { audio, choice, float, int, latent, MAX_SEED, text, vae } from './node-input';
import { give, v1Node, type NodeTable } from './node-spec';
import type { Audio, Latent } from './values';
import { invalidData } from './video-file';

const MODULE = 'comfy_extras.nodes_audio';
const PREFIX = text({ default: 'audio/ComfyUI' });

/** Sound: its length is real, what is heard is silence. */
export const audioNodes = {
  EmptyAudio: v1Node({
    module: MODULE,
    category: 'audio',
    title: 'Empty Audio',
    required: {
      duration: float({ default: 60, min: 0, max: MAX_SEED, step: 0.01 }),
      sample_rate: int({ default: 44100, min: 1, max: 192000 }),
      channels: int({ default: 2, min: 1, max: 2 }),
    },
    outputs: ['AUDIO'],
    run: ({ duration: durationS, sample_rate: sampleRate, channels }) =>
      give({ kind: 'audio', sampleRate, channels, durationS, digest: 'silence' } satisfies Audio),
  }),

  LoadAudio: v1Node({
    module: MODULE,
    category: 'audio',
    title: 'Load Audio',
    required: { audio: inputFile(AUDIO_FILES, { audio_upload: true }) },
    outputs: ['AUDIO'],
    fingerprint: fileHash('audio'),
    run: async (inputs, { folders }) => {
      const path = resolveAnnotated(inputs.audio, folders);
      const content = await readFile(path);
      const facts = readAudio(content);
      if (facts === undefined) throw invalidData(path);
      return give({ kind: 'audio', ...facts, digest: digestOf(content) } satisfies Audio);
    },
  }),

  SaveAudio: v1Node({
    module: MODULE,
    category: 'audio',
    title: 'Save Audio (FLAC)',
    required: { audio: audio(), filename_prefix: PREFIX },
    outputs: [],
    saves: true,
    run: ({ audio, filename_prefix }, context) =>
      saveSound(context, filename_prefix, 'flac', encodeFlac(audio, metadataText(context))),
  }),

  SaveAudioMP3: v1Node({
    module: MODULE,
    category: 'audio',
    title: 'Save Audio (MP3)',
    required: {
      audio: audio(),
      filename_prefix: PREFIX,
      quality: choice(['V0', '128k', '320k'], { default: 'V0' }),
    },
    outputs: [],
    saves: true,
    run: ({ audio, filename_prefix, quality }, context) =>
      saveSound(context, filename_prefix, 'mp3', encodeMp3(audio, MP3_KBPS[quality] ?? 32)),
  }),

  SaveAudioOpus: v1Node({
    module: MODULE,
    category: 'audio',
    title: 'Save Audio (Opus)',
    required: {
      audio: audio(),
      filename_prefix: PREFIX,
      quality: choice(['64k', '96k', '128k', '192k', '320k'], { default: '128k' }),
    },
    outputs: [],
    saves: true,
    run: ({ audio, filename_prefix }, context) =>
      saveSound(context, filename_prefix, 'opus', encodeOggOpus(audio, metadataText(context))),
  }),

  PreviewAudio: v1Node({
    module: MODULE,
    category: 'audio',
    title: 'Preview Audio',
    required: { audio: audio() },
    outputs: [],
    saves: true,
    run: async ({ audio }, context) => {
      const content = encodeFlac(audio, metadataText(context));
      const save = {
        context,
        prefix: tempPrefix(context),
        type: 'temp',
        extension: 'flac',
      } as const;
      return { outputs: [], ui: { audio: [await saveFile(save, content)] } };
    },
  }),

  EmptyLatentAudio: v1Node({
    module: MODULE,
    category: 'latent/audio',
    title: 'Empty Latent Audio',
    required: {
      seconds: float({ default: 47.6, min: 1, max: 1000, step: 0.1 }),
      batch_size: int({ default: 1, min: 1, max: 4096 }),
    },
    outputs: ['LATENT'],
    run: ({ seconds, batch_size }) => {
      const latent = emptyLatent({ width: 64, height: 64 }, 8, batch_size);
      return give({ ...latent, durationS: seconds } satisfies Latent);
    },
  }),

  VAEDecodeAudio: v1Node({
    module: MODULE,
    category: 'latent/audio',
    title: 'VAE Decode Audio',
    required: { samples: latent(), vae: vae() },
    outputs: ['AUDIO'],
    run: ({ samples, vae }) =>
      give({
        kind: 'audio',
        sampleRate: 44100,
        channels: 2,
        durationS: samples.durationS ?? 10,
        digest: digestOf(samples, vae),
      } satisfies Audio),
  }),
} satisfies NodeTable;

/** Frames of a silent VBR file are as small as they get. */
const MP3_KBPS: Readonly<Record<string, Mp3Bitrate>> = { V0: 32, '128k': 128, '320k': 320 };

async function saveSound(
  context: NodeContext,
  prefix: string,
  extension: string,
  content: Buffer,
): Promise<NodeResult> {
  return { outputs: [], ui: { audio: [await saveFile({ context, prefix, extension }, content)] } };
}
