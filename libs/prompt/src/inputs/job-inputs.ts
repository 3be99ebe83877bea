import { randomUUID } from 'node:crypto';
import { extname, posix } from 'node:path';
import type { Readable } from 'node:stream';

import type { EngineFiles } from '@gateway/comfy-client';
import type {
  JsonValue,
  LongText,
  LongTexts,
  ObjectInfo,
  PromptGraph,
} from '@gateway/comfy-protocol';
import { contentFamily, declaredTypeOf, identifyContent, inlineBytes } from '@gateway/media';
import type { OutboundFetcher } from '@gateway/outbound';

import { PromptRejectedError } from '../prompt.errors';
import { findAssets, withAssetNames, type AssetReference } from './asset-reference';
import type { OpenedInput } from './input-assets.port';
import { explainAsset, explainInput, missingAsset, wrongType } from './input-errors';
import {
  everyReference,
  findInputs,
  needsNothing,
  someName,
  withInputs,
  type FolderReference,
  type GraphInputs,
  type InputReference,
} from './input-reference';

/** Where files come from that are not in the request itself. */
export interface InputFetcher extends Pick<OutboundFetcher, 'download'> {
  /** Absent: prompts can refer to none. */
  openAsset?(id: string): Promise<OpenedInput>;
}

export interface JobInputsParts {
  readonly files: EngineFiles;
  readonly fetcher: InputFetcher;
  /** What texts of the graph may stand for. */
  readonly longTexts?: LongTexts | undefined;
}

/** A graph, and the folders of the engine's inputs that were filled for it. */
export interface StoredInputs {
  readonly prompt: PromptGraph;
  /** To be removed when the job ends, and only then. */
  readonly folders: readonly string[];
  /** Length of the texts that files took the place of. */
  readonly savedBytes?: number;
}

/** A folder for the inputs of one job. It will be removed, so it must never be one that was there. */
export function mintInputFolder(): string {
  return `gateway-${randomUUID()}`;
}

/**
 * Turns what a client put into file inputs (base64, data URIs, addresses, arrays of these) into files
 * of the engine, and puts their names into the graph. Equal texts are decoded or fetched once. Where
 * one input fails, everything that was written is removed.
 */
export class JobInputs {
  /** Text → the name its file got. */
  private readonly stored = new Map<string, string>();

  constructor(
    private readonly parts: JobInputsParts,
    private readonly folder: string,
  ) {}

  /**
   * What came inside the request: done before a job is stored, so that a waiting job is small.
   *
   * @throws PromptRejectedError (`input.unreadable`, `input.wrong_type`), InputNotStoredError.
   */
  async storeInline(
    prompt: PromptGraph,
    objectInfo: ObjectInfo | undefined,
  ): Promise<StoredInputs> {
    const found = findInputs(prompt, objectInfo, this.folder);
    ensureFew(found);
    const inline = inlineOf(found);
    if (inline.length === 0) return { prompt, folders: [] };
    const savedBytes = inline.reduce((sum, reference) => sum + this.contentOf(reference).length, 0);
    const stored = await this.guarded(found, async () => {
      const names = await this.storeAll(inline, (reference) => this.decode(reference));
      return withInputs(prompt, [
        ...changesOf(found.files, names),
        ...found.folders.map(({ nodeId, input, items }) => ({
          nodeId,
          input,
          value: items.map((item) => names.get(item) ?? item.text),
        })),
      ]);
    });
    return { ...stored, savedBytes };
  }

  /**
   * All the rest: assets, what is fetched, what waited for the engine, and folders, which get their
   * names.
   *
   * @throws PromptRejectedError (`input.unreachable`, `input.forbidden`, `input.too_large`,
   *   `input.missing_asset`, and as above), InputNotStoredError, or the signal's reason.
   */
  async storeAllOf(
    prompt: PromptGraph,
    objectInfo: ObjectInfo,
    signal: AbortSignal,
  ): Promise<StoredInputs> {
    const assets = await this.storeAssets(prompt, signal);
    try {
      const rest = await this.storeTexts(assets.prompt, objectInfo, signal);
      return { ...rest, folders: [...new Set([...assets.folders, ...rest.folders])] };
    } catch (error) {
      await Promise.all(assets.folders.map((folder) => this.parts.files.removeInputs(folder)));
      throw error;
    }
  }

  /** Each asset once, however often it is referred to. */
  private async storeAssets(prompt: PromptGraph, signal: AbortSignal): Promise<StoredInputs> {
    const references = findAssets(prompt);
    if (references.length === 0) return { prompt, folders: [] };
    const names = new Map<string | undefined, string>();
    try {
      for (const reference of references) {
        signal.throwIfAborted();
        if (names.has(reference.id)) continue;
        names.set(reference.id, await this.storeAsset(reference));
      }
    } catch (error) {
      await this.parts.files.removeInputs(this.folder);
      throw error;
    }
    return { prompt: withAssetNames(prompt, (id) => names.get(id)), folders: [this.folder] };
  }

  /** Under the extension it came with: which that may be, is for the node to say. */
  private async storeAsset(reference: AssetReference): Promise<string> {
    const { id = '' } = reference;
    try {
      const opened = await this.parts.fetcher.openAsset?.(id);
      if (!opened) throw missingAsset(reference);
      const { filename, contentType, bytes } = opened;
      const extension = extname(filename);
      const content = PLAIN_EXTENSION.test(extension)
        ? { extension: extension.slice(1), bytes }
        : await identifyContent(bytes, { contentType, filename });
      try {
        const place = { subfolder: this.folder, filename: `${someName()}.${content.extension}` };
        return await this.parts.files.putInput(place, content.bytes);
      } finally {
        content.bytes.destroy();
      }
    } catch (error) {
      throw explainAsset(error, reference);
    }
  }

  private async storeTexts(
    prompt: PromptGraph,
    objectInfo: ObjectInfo,
    signal: AbortSignal,
  ): Promise<StoredInputs> {
    const staged = await this.storeInline(prompt, objectInfo);
    const found = findInputs(staged.prompt, objectInfo, this.folder);
    if (needsNothing(found)) return staged;
    return this.guarded(found, async () => {
      const names = await this.fetchAll(found, signal);
      await this.fillFolders(found.folders, names);
      return withInputs(staged.prompt, [
        ...changesOf(found.files, names),
        ...found.folders.map(({ nodeId, input, naming, folder }) => ({
          nodeId,
          input,
          value: naming === 'name' ? folder : this.parts.files.inputFolderPath(folder),
        })),
      ]);
    });
  }

  private async guarded(
    { files, folders }: GraphInputs,
    store: () => Promise<PromptGraph>,
  ): Promise<StoredInputs> {
    const written = [...new Set([...files, ...folders].map(({ folder }) => folder))];
    try {
      return { prompt: await store(), folders: written };
    } catch (error) {
      await Promise.all(written.map((folder) => this.parts.files.removeInputs(folder)));
      throw error;
    }
  }

  /** One after the other: each may be as large as the request. */
  private async storeAll(
    references: readonly InputReference[],
    store: (reference: InputReference) => Promise<string>,
  ): Promise<Map<InputReference, string>> {
    const names = new Map<InputReference, string>();
    for (const reference of references) names.set(reference, await this.once(reference, store));
    return names;
  }

  private async once(
    reference: InputReference,
    store: (reference: InputReference) => Promise<string>,
  ): Promise<string> {
    const known = this.stored.get(reference.text);
    try {
      if (known !== undefined) return await this.share(known, reference);
      const name = await store(reference);
      this.stored.set(reference.text, name);
      return name;
    } catch (error) {
      throw explainInput(error, reference);
    }
  }

  /** Single inputs share a file; a folder needs each of its files in place. */
  private share(name: string, reference: InputReference): Promise<string> {
    return reference.item === undefined ? Promise.resolve(name) : this.copy(name, reference);
  }

  private async decode(reference: InputReference): Promise<string> {
    // A file of that very name wins: names may look like base64, too.
    const mayBeName = reference.kind === 'base64' && reference.text.length <= LONGEST_NAME;
    if (mayBeName && (await this.parts.files.hasInput(reference.text))) return reference.text;
    const contentType = declaredTypeOf(reference.text);
    const bytes = inlineBytes(this.contentOf(reference));
    return this.write(reference, bytes, contentType ? { contentType } : {});
  }

  private contentOf({ text }: InputReference): string | LongText {
    return this.parts.longTexts?.get(text) ?? text;
  }

  private async fetchAll(
    found: GraphInputs,
    signal: AbortSignal,
  ): Promise<Map<InputReference, string>> {
    const references = everyReference(found).filter(({ kind }) => kind === 'url');
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const waiting = groupedByText(references);
    const names = new Map<InputReference, string>();
    const work = async (): Promise<void> => {
      for (let group = waiting.shift(); group && !either.aborted; group = waiting.shift()) {
        const stored = await this.storeAll(group, (reference) => this.fetch(reference, either));
        for (const [reference, name] of stored) names.set(reference, name);
      }
    };
    const workers = Array.from({ length: FETCHES_AT_ONCE }, () =>
      work().catch((error: unknown) => failed.abort(error)),
    );
    await Promise.all(workers);
    // The first cause counts, also for those who were cut off because of it.
    either.throwIfAborted();
    return names;
  }

  private async fetch(reference: InputReference, signal: AbortSignal): Promise<string> {
    const answer = await this.parts.fetcher.download({
      url: reference.text,
      trust: 'client',
      signal,
    });
    const contentType = answer.headers['content-type'];
    const filename = posix.basename(new URL(answer.url).pathname);
    return this.write(reference, answer.body, {
      filename,
      ...(contentType !== undefined && { contentType }),
    });
  }

  private async fillFolders(
    folders: readonly FolderReference[],
    names: ReadonlyMap<InputReference, string>,
  ): Promise<void> {
    for (const { folder, items } of folders) {
      for (const item of items) {
        if (names.has(item) || item.text.startsWith(`${folder}/`)) continue;
        await this.copy(item.text, item).catch((error: unknown) => {
          throw explainInput(error, item);
        });
      }
    }
  }

  /** A file that is among the inputs already, as a file of this reference. */
  private async copy(name: string, reference: InputReference): Promise<string> {
    const subfolder = posix.dirname(name);
    const opened = await this.parts.files.open({
      kind: 'file',
      nodeId: reference.nodeId,
      key: reference.input,
      filename: posix.basename(name),
      subfolder: subfolder === '.' ? '' : subfolder,
      type: 'input',
    });
    try {
      const filename = `${reference.name}${posix.extname(name)}`;
      const place = { subfolder: reference.folder, filename };
      return await this.parts.files.putInput(place, opened.stream());
    } finally {
      opened.close();
    }
  }

  private async write(
    reference: InputReference,
    bytes: AsyncIterable<Buffer> | Readable,
    hints: { readonly contentType?: string; readonly filename?: string },
  ): Promise<string> {
    const content = await identifyContent(bytes, hints);
    const family = contentFamily(content.contentType);
    if (!fits(reference, family)) {
      content.bytes.destroy();
      throw wrongType(reference, content.contentType);
    }
    const filename = `${reference.name}.${content.extension}`;
    try {
      const place = { subfolder: reference.folder, filename };
      return await this.parts.files.putInput(place, content.bytes);
    } finally {
      // Whatever became of the file, its source is let go.
      content.bytes.destroy();
    }
  }
}

/** A job of thousands of files is a mistake, or worse. */
const MOST_FILES = 1000;

function ensureFew(found: GraphInputs): void {
  const count = everyReference(found).length;
  if (count <= MOST_FILES) return;
  const message = `The prompt names ${count} files; at most ${MOST_FILES} are taken`;
  throw new PromptRejectedError('input.too_many', message, 'prompt');
}

const PLAIN_EXTENSION = /^\.[A-Za-z0-9]{1,16}$/;

/** File systems allow no longer ones. */
const LONGEST_NAME = 255;
const FETCHES_AT_ONCE = 4;

function inlineOf(found: GraphInputs): readonly InputReference[] {
  return everyReference(found).filter(({ kind }) => kind === 'base64' || kind === 'data-uri');
}

/** Equal texts are fetched once; their first reference comes first. */
function groupedByText(references: readonly InputReference[]): InputReference[][] {
  const groups = new Map<string, InputReference[]>();
  for (const reference of references) {
    const group = groups.get(reference.text);
    if (group) group.push(reference);
    else groups.set(reference.text, [reference]);
  }
  return [...groups.values()];
}

function changesOf(
  references: readonly InputReference[],
  names: ReadonlyMap<InputReference, string>,
): { readonly nodeId: string; readonly input: string; readonly value: JsonValue }[] {
  return references.flatMap((reference) => {
    const value = names.get(reference);
    return value === undefined ? [] : [{ nodeId: reference.nodeId, input: reference.input, value }];
  });
}

/** ComfyUI takes sound out of videos, and frames out of animations. */
function fits({ takes }: InputReference, family: ReturnType<typeof contentFamily>): boolean {
  switch (takes) {
    case 'image':
      return family === 'image';
    case 'audio':
      return family === 'audio' || family === 'video';
    case 'video':
      return family === 'video' || family === 'image';
    case 'any':
      return true;
  }
}
