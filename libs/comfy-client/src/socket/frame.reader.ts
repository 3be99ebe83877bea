import {
  decodeBinaryFrame,
  parseEngineMessage,
  promptIdOf,
  type EngineMessage,
  type NodeId,
} from '@gateway/comfy-protocol';
import type { Log } from '@gateway/kernel';

import type { EnginePreview } from '../comfy-client.options';

/** Parses each frame of the socket once. What it does not understand it passes over. */
export class FrameReader {
  /** Whom a preview without metadata belongs to: it names neither prompt nor node. */
  private executing: { readonly promptId: string; readonly nodeId: NodeId } | undefined;

  constructor(private readonly log: Log) {}

  text(frame: string): EngineMessage | undefined {
    let message: EngineMessage | undefined;
    try {
      message = parseEngineMessage(frame);
    } catch (error) {
      this.log.debug({ err: error }, 'The engine sent a frame that is not JSON');
    }
    if (message?.type === 'executing') this.noteExecuting(message);
    return message;
  }

  binary(bytes: Buffer): EnginePreview | undefined {
    const frame = decodeBinaryFrame(bytes);
    switch (frame?.type) {
      case 'preview':
        return {
          promptId: this.executing?.promptId,
          nodeId: this.executing?.nodeId,
          contentType: frame.format,
          image: frame.image,
        };
      case 'preview-with-metadata':
        return {
          promptId: frame.metadata.prompt_id,
          nodeId: frame.metadata.display_node_id,
          contentType: frame.metadata.image_type,
          image: frame.image,
        };
      case 'text':
      case undefined:
        return undefined;
    }
  }

  private noteExecuting(message: Extract<EngineMessage, { type: 'executing' }>): void {
    const promptId = promptIdOf(message);
    const { node, display_node: displayNode } = message.data;
    this.executing =
      promptId === undefined || node === null
        ? undefined
        : { promptId, nodeId: displayNode ?? node };
  }
}
