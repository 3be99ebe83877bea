import { basename, join, resolve, sep } from 'node:path';

import type { Folders } from '../folders';

/** The file a `/view` query names, or the status that refuses it. */
export type ViewTarget =
  | { readonly outcome: 'file'; readonly path: string; readonly filename: string }
  | { readonly outcome: 'refused'; readonly status: 400 | 403 | 404 };

/** ComfyUI's checks of a `/view` query, in its order. */
export function resolveView(query: URLSearchParams, folders: Folders): ViewTarget {
  const asked = query.get('filename');
  if (asked === null) return refuse(404);
  const { name, folder: annotated } = splitAnnotation(asked, folders);
  if (name === '' || name.startsWith('/') || name.includes('..')) return refuse(400);
  const base = annotated ?? folderOfType(query.get('type') ?? 'output', folders);
  if (base === undefined) return refuse(400);
  const folder = resolve(base, query.get('subfolder') ?? '');
  if (!isWithin(folder, base)) return refuse(403);
  const filename = basename(name);
  return { outcome: 'file', path: join(folder, filename), filename };
}

/** The folder a `type` stands for; `undefined` for any other word. */
export function folderOfType(type: string, folders: Folders): string | undefined {
  return type === 'output' || type === 'input' || type === 'temp' ? folders[type] : undefined;
}

export function isWithin(path: string, base: string): boolean {
  return path === base || path.startsWith(base.endsWith(sep) ? base : `${base}${sep}`);
}

const ANNOTATION = /.?\[(output|input|temp)\]$/;

/** `a.png [input]` names its folder itself; ComfyUI cuts one character more than the bracket. */
function splitAnnotation(
  asked: string,
  folders: Folders,
): { name: string; folder: string | undefined } {
  const match = ANNOTATION.exec(asked);
  const type = match?.[1];
  if (match === null || type === undefined) return { name: asked, folder: undefined };
  return { name: asked.slice(0, match.index), folder: folderOfType(type, folders) };
}

function refuse(status: 400 | 403 | 404): ViewTarget {
  return { outcome: 'refused', status };
}
