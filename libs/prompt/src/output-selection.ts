import type { OutputFile, OutputItem } from '@gateway/comfy-protocol';
import type { OutputType } from '@gateway/jobs';

/**
 * What a caller gets of everything the nodes reported: all texts, and all saved files. Temporary
 * previews and echoes of inputs count only when nothing was saved.
 */
export function selectOutputs(items: readonly OutputItem[]): readonly OutputItem[] {
  const files = items.filter((item) => item.kind === 'file');
  const saved = files.some(({ type }) => type === 'output');
  const previewed = files.some(({ type }) => type === 'temp');
  const wanted = saved ? 'output' : previewed ? 'temp' : 'input';
  return items.filter((item) => item.kind === 'text' || item.type === wanted);
}

/** Two reports of one file: identical nodes share it. */
export function fileKey({ type, subfolder, filename }: OutputFile): string {
  return `${type}/${subfolder}/${filename}`;
}

export function outputTypeOf(contentType: string, filename: string): OutputType {
  const [family] = contentType.split('/');
  if (family === 'image' || family === 'video' || family === 'audio' || family === 'text') {
    return family;
  }
  return filename.endsWith('.latent') ? 'latent' : 'file';
}
