import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Marks the place in Node's own file that says whether it carries a program. */
export const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * The Node that runs us, as the file that the executable is made of.
 *
 * @throws Error when it is not made to carry a program, as some distributions' are not.
 */
export function hostNode(): Buffer {
  const bytes = readFileSync(process.execPath);
  if (bytes.includes(`${FUSE}:0`)) return bytes;
  throw new Error(
    `${process.execPath} cannot carry a program: use Node as nodejs.org or its images have it.`,
  );
}

/** Where distributions of Node put its licence, which the executable carries along; if they do. */
export function nodeLicence(): string | undefined {
  const prefix = dirname(dirname(process.execPath));
  const places = ['LICENSE', 'share/doc/node/LICENSE', 'share/doc/nodejs/LICENSE'];
  return places.map((place) => join(prefix, place)).find((path) => existsSync(path));
}
