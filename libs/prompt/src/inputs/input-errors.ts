import { DomainError } from '@gateway/kernel';

import {
  InputNotStoredError,
  PromptRejectedError,
  type PromptRejectionCode,
} from '../prompt.errors';
import type { AssetReference } from './asset-reference';
import { locationOf, type InputReference } from './input-reference';

/** A reference to an asset that is not there, or to none at all. */
export function missingAsset({ nodeId, input, id }: AssetReference): PromptRejectedError {
  const problem =
    id === undefined
      ? 'is an asset reference without "info": { "id": "…" }'
      : `refers to the asset "${id}", which does not exist`;
  const message = `Input "${input}" of node ${nodeId} ${problem}`;
  return new PromptRejectedError('input.missing_asset', message, locationOf({ nodeId, input }));
}

/** An error on the way of an asset, in words for the person who referred to it. */
export function explainAsset(error: unknown, reference: AssetReference): unknown {
  const isMissing = error instanceof DomainError && error.code === 'asset.not_found';
  return isMissing ? missingAsset(reference) : explainInput(error, reference);
}

/** An error on the way of an input, in words for the person who sent it. */
export function explainInput(
  error: unknown,
  reference: Pick<InputReference, 'nodeId' | 'input' | 'item'>,
): unknown {
  if (error instanceof PromptRejectedError) return error;
  if (error instanceof DomainError) {
    if (ENGINE_TROUBLE.has(error.code)) {
      return new InputNotStoredError('ComfyUI did not take them', { cause: error });
    }
    const meaning = MEANINGS[error.code];
    if (!meaning) return error;
    const message = `${named(reference)} ${meaning.failed}: ${meaning.reason ?? error.message}`;
    return new PromptRejectedError(meaning.code, message, locationOf(reference), undefined, error);
  }
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && code in DISK_TROUBLE
    ? new InputNotStoredError(DISK_TROUBLE[code] ?? code, { cause: error })
    : error;
}

export function wrongType(reference: InputReference, contentType: string): PromptRejectedError {
  const message = `${named(reference)} takes ${WANTED[reference.takes]}; what was sent is ${contentType}`;
  return new PromptRejectedError('input.wrong_type', message, locationOf(reference));
}

function named({ nodeId, input, item }: Pick<InputReference, 'nodeId' | 'input' | 'item'>): string {
  const position = item === undefined ? '' : `, file ${item + 1},`;
  return `Input "${input}"${position} of node ${nodeId}`;
}

const WANTED: Readonly<Record<InputReference['takes'], string>> = {
  image: 'a picture',
  audio: 'sound',
  video: 'a video',
  any: 'a file',
};

/** On the way to an engine whose folders are elsewhere. */
const ENGINE_TROUBLE: ReadonlySet<string> = new Set(['comfy.unreachable', 'comfy.http_error']);

interface Meaning {
  readonly code: PromptRejectionCode;
  readonly failed: string;
  /** Instead of the error's own words. */
  readonly reason?: string;
}

const FETCH_FAILED = { code: 'input.unreachable', failed: 'cannot be fetched' } as const;
const MISSING = { failed: 'cannot be read', reason: 'there is no such file in the input folder' };

const MEANINGS: Readonly<Record<string, Meaning>> = {
  'input.unreadable': { code: 'input.unreadable', failed: 'cannot be read' },
  'comfy.output_missing': { code: 'input.unreadable', ...MISSING },
  'comfy.path_outside_folder': { code: 'input.unreadable', ...MISSING },
  'outbound.forbidden': { code: 'input.forbidden', failed: 'may not be fetched' },
  'outbound.too_large': { code: 'input.too_large', failed: 'cannot be fetched' },
  'outbound.too_many_redirects': FETCH_FAILED,
  'outbound.timed_out': FETCH_FAILED,
  'outbound.unreachable': FETCH_FAILED,
  'outbound.bad_status': FETCH_FAILED,
};

const DISK_TROUBLE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'the input folder may not be written',
  EPERM: 'the input folder may not be written',
  EROFS: 'the input folder is read-only',
  EIO: 'the disk failed',
};
