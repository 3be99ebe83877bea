import { Catalogue } from '@gateway/catalogue';
import {
  ComfyClient,
  DiskEngineFiles,
  HttpEngineFiles,
  type EngineFiles,
} from '@gateway/comfy-client';
import { promptIdOf } from '@gateway/comfy-protocol';
import type { EventBus } from '@gateway/events';
import { systemClock } from '@gateway/kernel';

import { RecordedEngineFiles } from '../inputs/recorded.engine-files';
import type { PromptOptions } from '../prompt.module-definition';
import { Slots } from '../slots';
import type { Engine } from './engine';
import { EngineReadiness } from './engine-readiness';
import { EngineVitals } from './engine-vitals';
import { PromptIds } from './prompt-ids';

/** Puts one engine together. Nothing is connected until its supervisor reports it ready. */
export function buildEngine(
  { engine: options, inputRecordDir, warmUp, log }: PromptOptions,
  bus: EventBus,
): Engine {
  const vitals = new EngineVitals(systemClock);
  const promptIds = new PromptIds();
  const client = new ComfyClient({
    engineId: options.id,
    baseUrl: options.baseUrl,
    silentAfterMs: options.silentAfterMs,
    clock: systemClock,
    log,
    onMessage: (message) => {
      vitals.noteMessage(message);
      const jobId = promptIds.jobOf(promptIdOf(message));
      bus.publish('engine-message-received', {
        engineId: options.id,
        ...(jobId !== undefined && { jobId }),
        type: message.type,
        data: message.data as unknown as Readonly<Record<string, unknown>>,
      });
    },
    onPreview: ({ promptId, nodeId, contentType, image }) => {
      const jobId = promptIds.jobOf(promptId);
      if (jobId === undefined || nodeId === undefined) return;
      bus.publish('job-previewed', { jobId, nodeId, contentType, image });
    },
    onSocketState: (state, cause) => {
      vitals.noteSocket(state);
      if (state === 'closed' && cause) options.supervision.reportUnreachable(cause);
    },
  });
  return {
    id: options.id,
    client,
    files: engineFiles(options, client, inputRecordDir),
    catalogue: new Catalogue(() => client.http.objectInfo(), systemClock),
    slots: new Slots(options.maxInFlight),
    submissions: new Slots(1),
    readiness: new EngineReadiness(
      options.id,
      bus,
      { clock: systemClock, maxWaitMs: options.maxWaitMs },
      warmUp !== undefined,
    ),
    vitals,
    promptIds,
    supervision: options.supervision,
  };
}

function engineFiles(
  { folders }: PromptOptions['engine'],
  client: ComfyClient,
  inputRecordDir: string,
): EngineFiles {
  // Over HTTP nothing can be removed, so there is nothing to remember either.
  if (!folders) return new HttpEngineFiles(client.http);
  const onDisk = new DiskEngineFiles({ ...folders, http: client.http });
  return new RecordedEngineFiles(onDisk, inputRecordDir);
}
