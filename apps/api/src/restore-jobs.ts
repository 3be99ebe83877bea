import { JobService, type LeftBehind, type LiveJob } from '@gateway/jobs';
import { EngineRegistry, PromptExecutor, recordedInputs } from '@gateway/prompt';
import type { INestApplicationContext } from '@nestjs/common';

import type { GatewayLogger } from './logging';

/**
 * Has the executor see to what an earlier life of the gateway left, and removes the inputs that
 * nobody needs any more.
 */
export async function resumeJobs(
  app: INestApplicationContext,
  { queued, inEngine, unsettled }: LeftBehind,
  inputRecordDir: string,
  logger: GatewayLogger,
): Promise<void> {
  const left = { queued: queued.length, inEngine: inEngine.length, unsettled: unsettled.length };
  if (queued.length + inEngine.length + unsettled.length > 0) {
    logger.info({ jobs: left }, 'going on with the jobs of an earlier life');
  }
  const live = [...queued, ...inEngine];
  const folders = new Map<string, string[]>(live.map((job) => [folderOf(job), []]));
  const { files } = app.get(EngineRegistry).pick();
  const orphans: string[] = [];
  for (const folder of await recordedInputs(inputRecordDir)) {
    (folders.get(folder.slice(0, FOLDER_LENGTH)) ?? orphans).push(folder);
  }
  await Promise.all(orphans.map((folder) => files.removeInputs(folder)));
  const executor = app.get(PromptExecutor);
  for (const job of inEngine) {
    executor.resume(job, { inputs: folders.get(folderOf(job)) ?? [] });
  }
  for (const job of unsettled) executor.finishLater(job);
}

/** Before the first request: what waited waits again. */
export function restoreJobs(app: INestApplicationContext): Promise<LeftBehind> {
  return app.get(JobService).restore();
}

/** `gateway-<uuid>`; a job's further folders begin with it. */
const FOLDER_LENGTH = 'gateway-'.length + 36;

function folderOf({ request }: LiveJob): string {
  return request.inputs?.folder ?? '';
}
