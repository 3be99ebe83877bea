import { InvalidFilePathError } from './assets.errors';

/** Where a `file_path` leads. */
export type FilePlace =
  | { readonly kind: 'asset' }
  | { readonly kind: 'model'; readonly folder: string; readonly name: string };

/**
 * Reads a `file_path`. `models/…` is a model of the engine; anything else is only a name.
 *
 * @throws InvalidFilePathError `asset.invalid_path`
 */
export function readFilePath(filePath: string): FilePlace {
  const problem = problemOf(filePath);
  if (problem !== undefined) throw new InvalidFilePathError(filePath, problem);
  const [root, folder, name, ...rest] = filePath.split('/');
  if (root !== 'models') return { kind: 'asset' };
  if (folder === undefined || name === undefined || rest.length > 0) {
    throw new InvalidFilePathError(filePath, 'must be models/<folder>/<name>.safetensors');
  }
  if (!name.endsWith('.safetensors') || name.startsWith('.')) {
    throw new InvalidFilePathError(filePath, 'must name a .safetensors file');
  }
  return { kind: 'model', folder, name };
}

function problemOf(filePath: string): string | undefined {
  if (filePath === '') return 'must not be empty';
  if (Buffer.byteLength(filePath) > MAX_BYTES) return `must not exceed ${MAX_BYTES} bytes`;

  if (/[\u0000-\u001f\u007f\\]/.test(filePath))
    return 'must not hold backslashes or control characters';
  const parts = filePath.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'must be a relative path without empty parts, "." and ".."';
  }
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES)) {
    return `must not have parts longer than ${MAX_NAME_BYTES} bytes`;
  }
  return undefined;
}

const MAX_BYTES = 1024;
/** What file systems take. */
const MAX_NAME_BYTES = 255;
