import { StateUnavailableError } from '@gateway/state';

/** What the disk is to blame for, as the database would say it; anything else as it is. */
export function storageProblem(error: unknown): unknown {
  const reason = storageReason(error);
  return reason === undefined ? error : new StateUnavailableError(reason, { cause: error });
}

/** What is wrong with the disk; `undefined`: it is not to blame. */
export function storageReason(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? undefined : REASONS[code];
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than its file system takes',
  EROFS: 'it is read-only',
  EACCES: 'its folder may not be used',
  EIO: 'reading or writing the disk failed',
};
