export { base64Chunks } from './base64.stream';
export { contentFamily, type ContentFamily } from './content/content-family';
export { identifyContent, type IdentifiedContent } from './content/content.identifier';
export type { TypeHints } from './content/type-hints';
export { convertImage, isConvertible, type ConvertedFile } from './image.converter';
export { declaredTypeOf } from './inline/data-uri';
export { inlineBytes } from './inline/inline-bytes';
export { ConversionFailedError, UnreadableInputError } from './media.errors';
export { outputConversionSchema, type OutputConversion } from './output-conversion';
