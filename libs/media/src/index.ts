export { base64Chunks } from './base64.stream';
export { convertImage, isConvertible, type ConvertedFile } from './image.converter';
export {
  classifyInputValue,
  decodeInlineImage,
  type InlineImage,
  type InputValueKind,
} from './inline-input';
export { ConversionFailedError, UnreadableInputError } from './media.errors';
export { outputConversionSchema, type OutputConversion } from './output-conversion';
