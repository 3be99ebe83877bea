import { Catalogue } from '@gateway/catalogue';
import type { ObjectInfo, OutputFile, OutputItem } from '@gateway/comfy-protocol';
import { EventBus, type EnginePhase } from '@gateway/events';
import { FakeClock } from '@gateway/testing';

import type { Engine, EngineSupervision } from '../engine/engine';
import { EngineReadiness } from '../engine/engine-readiness';
import { EngineVitals } from '../engine/engine-vitals';
import { PromptIds } from '../engine/prompt-ids';
import { Slots } from '../slots';
import { FakeEngineClient } from './fake-engine-client';
import { MemoryEngineFiles } from './memory.engine-files';

/** What the engine of these specs offers: a picture, a way to load one, two ways to save it. */
export const someObjectInfo: ObjectInfo = {
  EmptyImage: {
    name: 'EmptyImage',
    input: { required: { width: ['INT', { default: 8, min: 1, max: 64 }] } },
    output: ['IMAGE'],
    output_node: false,
    python_module: 'nodes',
  },
  LoadImage: {
    name: 'LoadImage',
    input: { required: { image: [['a.png'], { image_upload: true }] } },
    output: ['IMAGE'],
    output_node: false,
    python_module: 'nodes',
  },
  SaveImage: {
    name: 'SaveImage',
    input: {
      required: { images: ['IMAGE'], filename_prefix: ['STRING', { default: 'ComfyUI' }] },
    },
    output: [],
    output_node: true,
    python_module: 'nodes',
  },
  SaveVideo: {
    name: 'SaveVideo',
    input: {
      required: { images: ['IMAGE'] },
      optional: { filename_prefix: ['STRING', { default: 'video/ComfyUI' }] },
    },
    output: [],
    output_node: true,
    python_module: 'custom_nodes.video',
  },
};

/** An engine of fakes at the rim and the real parts inside. */
export class FakeEngine implements Engine {
  readonly id = 'engine-1';
  readonly bus = new EventBus();
  readonly clock = new FakeClock(1_700_000_000_000);
  readonly client = new FakeEngineClient();
  readonly files = new MemoryEngineFiles();
  readonly slots: Slots;
  readonly submissions = new Slots(1);
  readonly readiness: EngineReadiness;
  readonly vitals = new EngineVitals(this.clock);
  readonly promptIds = new PromptIds();
  readonly restarts: string[] = [];
  /** What it answers when its catalogue is asked for. */
  objectInfo: ObjectInfo | Error = someObjectInfo;
  asked = 0;

  readonly catalogue = new Catalogue(() => {
    this.asked += 1;
    const answer = this.objectInfo;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }, this.clock);

  readonly supervision: EngineSupervision = {
    restart: (reason) => this.restarts.push(reason),
    reportUnreachable: () => undefined,
  };

  constructor({
    maxInFlight = 2,
    needsWarmUp = false,
  }: { readonly maxInFlight?: number; readonly needsWarmUp?: boolean } = {}) {
    this.slots = new Slots(maxInFlight);
    this.readiness = new EngineReadiness(this.id, this.bus, undefined, needsWarmUp);
  }

  /** Its supervisor reports a change. */
  becomes(to: EnginePhase, cause?: Error): void {
    this.bus.publish('engine-phase-changed', {
      engineId: this.id,
      from: 'stopped',
      to,
      ...(cause && { cause }),
    });
  }
}

/** A file that a node reports. */
export function aFile(filename: string, change: Partial<OutputFile> = {}): OutputFile {
  return {
    kind: 'file',
    nodeId: '2',
    key: 'images',
    filename,
    subfolder: '',
    type: 'output',
    ...change,
  };
}

/** A text that a node reports. */
export function aText(text: string, nodeId = '9'): OutputItem {
  return { kind: 'text', nodeId, key: 'text', text };
}
