import type { FileType } from './file-types';

/**
 * What text is: 3D scenes and drawings that are text have no magic bytes, but words near their
 * beginning.
 */
export function textType(head: Buffer): FileType | undefined {
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1];
}

/** Whether it is the page a server shows instead of a file. */
export function isWebPage(head: Buffer): boolean {
  return /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--((?!-->)[^])*-->\s*)?<(!doctype\s+html|html|head|body)\b/i.test(
    head.toString('utf8'),
  );
}

/**
 * What may come before the root of an XML file. A comment goes to its first end and no further:
 * there must be one way only to read a text, or a hostile one takes for ever.
 */
const XML_BEFORE = String.raw`^(<\?xml[^>]*>)?(\s|<!--((?!-->)[^])*-->|<!DOCTYPE[^>]*>)*`;

const TEXTS: readonly (readonly [RegExp, FileType])[] = [
  [new RegExp(`${XML_BEFORE}<svg\\b`, 'i'), { extension: 'svg', contentType: 'image/svg+xml' }],
  [
    new RegExp(`${XML_BEFORE}<COLLADA\\b`),
    { extension: 'dae', contentType: 'model/vnd.collada+xml' },
  ],
  [/^\{[^]*"asset"\s*:\s*\{[^}]*"version"/, { extension: 'gltf', contentType: 'model/gltf+json' }],
  [/^solid\b[^]*?\bfacet\s+normal\b/, { extension: 'stl', contentType: 'model/stl' }],
  [/^ply\r?\nformat /, { extension: 'ply', contentType: 'model/ply' }],
  [/^; FBX \d/, { extension: 'fbx', contentType: 'model/fbx' }],
];
