/** The websocket's binary frames: previews and progress texts. */
export { decodeBinaryFrame, encodeBinaryFrame } from './binary-frame';
export type { BinaryFrame, ImageFormat, PreviewMetadata } from './binary-frame';

/** The websocket's text messages. */
export { parseEngineMessage, promptIdOf } from './engine-message';
export type {
  EngineMessage,
  EngineMessageType,
  ExecutionError,
  NodeProgress,
} from './engine-message';

/** Which inputs take files, and how. */
export {
  directoryItems,
  directoryNaming,
  isUploadInput,
  isWellKnownFileInput,
  uploadKind,
} from './file-inputs';
export type { UploadKind } from './file-inputs';

/** Whether a text in a file input is the file itself. */
export { inputTextKind, looksLikeInlineContent } from './inline-content';
export type { InputTextKind } from './inline-content';

/** JSON without loss: 64-bit integers, Python's `NaN`. */
export { isJsonObject, parseJson, parseRequestJson, stringifyJson } from './json';
export type { JsonObject, JsonValue } from './json';
export { JsonBodyReader } from './json-body.reader';
export { LongText, LongTexts } from './long-texts';

/** Names of samplers and schedulers, for when no engine can be asked. */
export { SAMPLERS, SCHEDULERS } from './sampler-names';

/** Which of the engine's messages an operator can listen to. */
export { isSystemEventName, SYSTEM_EVENTS } from './system-events';
export type { SystemEventName } from './system-events';

/** What a node reports to have put out. */
export { readNodeUi } from './node-output';
export type { FileType, NodeUi, OutputFile, OutputItem, OutputText } from './node-output';

/** What the engine says its node classes take and give. */
export { comboOptions } from './object-info';
export type {
  InputConfig,
  InputOptions,
  InputType,
  NodeClassInfo,
  ObjectInfo,
} from './object-info';

/** The answers to `POST /prompt`, and what they say about each node. */
export type { NodeError, NodeErrors, NodeInputError, PromptError } from './prompt-errors';
export type { PromptAccepted, PromptRefused, PromptRequest } from './prompt.request';

/** A graph in API format. */
export { isLink } from './prompt-graph';
export type { Link, NodeId, PromptGraph, PromptNode } from './prompt-graph';

/** ComfyUI's own validation of a prompt, without ComfyUI. */
export { validatePrompt } from './prompt.validator';
export type { ValidationResult } from './prompt.validator';
export type { ValidationRules } from './validation-rules';

/** Values as Python writes them, for texts that must read as ComfyUI's. */
export { pythonRepr, pythonStr } from './python-text';

/** The queue and the history. */
export type { HistoryAnswer, HistoryEntry, QueueItem, QueueSnapshot } from './queue-and-history';

/** File names and prefixes that leave ComfyUI's folders. */
export { findUnsafePath } from './unsafe-paths';
export type { UnsafePath } from './unsafe-paths';

/** Whether a value is a graph in API format at all. */
export { describeGraphProblem } from './workflow-format';
export type { GraphProblem, GraphProblemCode } from './workflow-format';
