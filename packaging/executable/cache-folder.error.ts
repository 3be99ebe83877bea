/** The files that the executable carries cannot be unpacked, or not be trusted where they lie. */
export class CacheFolderError extends Error {
  constructor(
    readonly folder: string,
    problem: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(
      `The cache folder ${folder} ${problem}: name another with COMFYUI_GATEWAY_CACHE_DIR.`,
      options,
    );
    this.name = 'CacheFolderError';
  }

  static because(folder: string, cause: unknown): CacheFolderError {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    return new CacheFolderError(folder, PROBLEMS[code] ?? `fails with ${code}`, { cause });
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read and written',
  EPERM: 'may not be read and written',
  EROFS: 'is on a read-only file system',
  EEXIST: 'is not a folder',
  ENOTDIR: 'is not a folder',
  ENOENT: 'cannot be made',
  ENOSPC: 'is on a full disk',
  EDQUOT: 'is on a full disk',
};
