import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

import { encodeBinaryFrame, type JsonObject, type NodeId } from '@gateway/comfy-protocol';

import type { NodeContext, PreviewImage } from '../nodes/node-class';
import { EVERYONE } from '../websocket/websocket.hub';
import type { ExecutionWorld } from './execution.world';
import type { ProgressTracker } from './progress.tracker';
import type { PromptFacts } from './prompt.run';

/** What one run shares among the contexts of its nodes. */
export interface RunScope {
  readonly world: ExecutionWorld;
  readonly prompt: PromptFacts;
  readonly progress: ProgressTracker;
  readonly metadata: NodeContext['metadata'];
}

export function createNodeContext(scope: RunScope, nodeId: NodeId): NodeContext {
  const { world, prompt } = scope;
  return {
    nodeId,
    folders: world.folders,
    metadata: scope.metadata,
    stepMs: world.stepMs,
    previews: wantsPreviews(world, prompt.extraData),
    async progress(value, max, preview) {
      // Lets requests in, so that an interrupt can arrive between two steps that take no time.
      await nextTurn();
      world.interrupt.check();
      reportProgress(scope, nodeId, value, max, preview);
    },
    sendText(text) {
      world.hub.publishBinary(encodeBinaryFrame({ type: 'text', nodeId, text }), EVERYONE);
    },
    async sleep(delayMs) {
      if (delayMs > 0) await delay(delayMs);
    },
  };
}

/** Tells of a step: `progress_state`, then either preview form on its own side of `progress`: the order clients see. */
export function reportProgress(
  { world, prompt, progress }: Omit<RunScope, 'metadata'>,
  nodeId: NodeId,
  value: number,
  max: number,
  preview: PreviewImage | undefined,
): void {
  const { hub } = world;
  const { promptId, clientId } = prompt;
  if (!progress.update(nodeId, value, max, preview !== undefined)) return;
  const withMetadata = hub.supports(clientId, 'supports_preview_metadata');
  if (preview !== undefined && withMetadata) {
    hub.publishBinary(previewWithMetadata(preview, promptId, nodeId), clientId);
  }
  hub.publish('progress', { value, max, prompt_id: promptId, node: nodeId }, clientId);
  if (preview !== undefined && !withMetadata) {
    const frame = encodeBinaryFrame({
      type: 'preview',
      format: preview.format,
      image: preview.image,
    });
    hub.publishBinary(frame, clientId);
  }
}

function previewWithMetadata(preview: PreviewImage, promptId: string, nodeId: NodeId): Buffer {
  return encodeBinaryFrame({
    type: 'preview-with-metadata',
    image: preview.image,
    metadata: {
      node_id: nodeId,
      prompt_id: promptId,
      display_node_id: nodeId,
      parent_node_id: null,
      real_node_id: nodeId,
      image_type: preview.format,
    },
  });
}

function wantsPreviews(world: ExecutionWorld, extraData: JsonObject): boolean {
  const asked = world.profile.previewPerPrompt ? extraData['preview_method'] : undefined;
  const method = typeof asked === 'string' && asked !== 'default' ? asked : world.previewMethod;
  return method !== 'none';
}
