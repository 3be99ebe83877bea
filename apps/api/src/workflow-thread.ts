import { join, resolve } from 'node:path';

import type { GatewayConfig } from '@gateway/config';
import { findWorkflowFiles, ProbeThread, type TextStore } from '@gateway/workflow-files';

import { GATEWAY_VERSION } from './version';

/**
 * The thread in which workflow files are tried, started before the gateway itself is loaded: what it
 * has to do first, it does meanwhile. Undefined where there are no files. Whoever asked ends it.
 */
export async function startWorkflowThread(config: GatewayConfig): Promise<ProbeThread | undefined> {
  const dir = resolve(config.workflows.dir);
  const { files } = await findWorkflowFiles(dir).catch(() => ({ files: [] }));
  return files.length > 0 ? new ProbeThread({ dir, store: workflowTexts(config) }) : undefined;
}

/** Where compiled workflow files outlive the gateway, if anything does. */
export function workflowTexts({ http, jobs }: GatewayConfig): TextStore | undefined {
  if (!jobs.outlive) return undefined;
  return { file: join(jobs.stateDir, `workflows-${http.port}.json`), version: GATEWAY_VERSION };
}
