import type { CallFrame } from './cpu-profile';

/**
 * Whose code a frame is: `undici` or `@nestjs/core`, `libs/prompt`, `apps/api`, `node:http`, `native`
 * for what has no source, `garbage collector`; a folder of this repository by its first two parts.
 */
export function originOf({ functionName, url }: CallFrame): string {
  if (functionName === '(garbage collector)') return 'garbage collector';
  if (url === '') return 'native';
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  const path = pathOf(url);
  const [, packaged] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  if (packaged !== undefined) return packaged;
  const [, ours] = /\/((?:apps|libs|workflows|test)\/[^/]+)/.exec(path) ?? [];
  return ours ?? path;
}

/** `render libs/prompt/src/answer.js:12`, without what ends a frame in a folded stack. */
export function frameName(frame: CallFrame): string {
  const { functionName, lineNumber } = frame;
  const name = functionName === '' ? '(anonymous)' : functionName;
  const place = placeOf(frame);
  const line = lineNumber < 0 ? '' : `:${lineNumber + 1}`;
  return (place === '' ? name : `${name} ${place}${line}`).replaceAll(';', ',');
}

function placeOf({ url }: CallFrame): string {
  if (url === '' || url.startsWith('node:')) return url;
  const path = pathOf(url);
  const [, packaged] = /.*\/node_modules\/(.+)/.exec(path) ?? [];
  const [, ours] = /\/((?:apps|libs|workflows|test)\/.+)/.exec(path) ?? [];
  return packaged ?? ours ?? path;
}

function pathOf(url: string): string {
  return url.startsWith('file://') ? decodeURIComponent(url.slice('file://'.length)) : url;
}
