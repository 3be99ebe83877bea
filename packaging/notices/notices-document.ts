import { productionPackages, type ProductionPackage } from '../lockfile';
import { licenceText } from './licence-text';

/**
 * The text of `THIRD-PARTY-NOTICES`: every production dependency of the lockfile, for every platform, and
 * under what licence it is. The same on every platform.
 *
 * @throws Error when a package is not installed, or has no text of its licence and we have none either.
 */
export function noticesDocument(root: string): string {
  return [INTRODUCTION, ...chapters(root)].join(`\n${'='.repeat(80)}\n\n`);
}

const INTRODUCTION = `THIRD-PARTY NOTICES

ComfyUI Gateway is under the MIT licence, see LICENSE. It uses the packages below, each under its own
licence. Written by "npm run notices".

libvips

  The packages @img/sharp-libvips-* hold libvips and libraries that it uses, among them glib, pango,
  librsvg and libheif. libvips is under LGPL-3.0-or-later. It is a file of its own, loaded by sharp when
  the gateway runs, and you may replace it with another build of the same version:

    node_modules/@img/sharp-libvips-<platform>/lib/libvips-cpp.*

  in the gateway's folder. The single executable unpacks it there, below the folder that
  "comfyui-gateway --unpack" prints, and leaves a file that you put in its place as it is. README.md beside
  lib lists the libraries and their licences. Source: https://github.com/lovell/sharp-libvips, in the tag
  of the package's version, and https://github.com/libvips/libvips.

Node.js

  The images and the single executable contain Node.js, under the MIT licence and those of what it contains:
  NODE-LICENSE in the folder of the executable, and https://github.com/nodejs/node/blob/main/LICENSE.
`;

/** Packages with the same text share a chapter. */
function chapters(root: string): readonly string[] {
  const byText = new Map<string, ProductionPackage[]>();
  for (const dependency of productionPackages(root)) {
    const text = licenceText(root, dependency);
    byText.set(text, [...(byText.get(text) ?? []), dependency]);
  }
  return [...byText].map(([text, sharing]) => `${sharing.map(nameLine).join('\n')}\n\n${text}\n`);
}

function nameLine({ name, version, licence }: ProductionPackage): string {
  return `${name} ${version} (${licence})`;
}
