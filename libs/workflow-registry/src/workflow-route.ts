import { createHash } from 'node:crypto';

/** `sdxl/txt2img.ts` → `sdxl/txt2img`. */
export function routeOf(file: string): string {
  return file.replace(/\.[cm]?[jt]s$/i, '');
}

/** Why a file's path cannot be part of a URL as it is; undefined when it can. */
export function nameProblem(file: string): string | undefined {
  const odd = routeOf(file)
    .split('/')
    .find((segment) => !/^[A-Za-z0-9._-]+$/.test(segment));
  return odd === undefined
    ? undefined
    : `"${odd}" cannot be part of a route; rename it to letters, digits, ".", "_" and "-"`;
}

/** Files that would be served under one route, with the others of each. Capitals do not tell apart. */
export function rivalsByFile(
  entries: readonly { readonly file: string; readonly route: string }[],
): ReadonlyMap<string, readonly string[]> {
  const byRoute = new Map<string, string[]>();
  for (const { file, route: exact } of entries) {
    const route = exact.toLowerCase();
    byRoute.set(route, [...(byRoute.get(route) ?? []), file]);
  }
  return new Map(
    [...byRoute.values()]
      .filter((sharing) => sharing.length > 1)
      .flatMap((sharing) =>
        sharing.map((file) => [file, sharing.filter((other) => other !== file)] as const),
      ),
  );
}

/**
 * An `operationId` for each route, the same on every start: `sdxl/txt2img` → `workflow_sdxl_txt2img`.
 * Routes that would share one, as `a/b` and `a_b` do, get a hash of their route behind it; all but the
 * first, in the order of the alphabet.
 */
export function operationIds(routes: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const ids = new Map<string, string>();
  for (const route of [...routes].sort()) {
    const plain = `workflow_${route.replace(/[^A-Za-z0-9]/g, '_')}`;
    const id = taken.has(plain) ? `${plain}_${shortHash(route)}` : plain;
    taken.add(id);
    ids.set(route, id);
  }
  return ids;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
