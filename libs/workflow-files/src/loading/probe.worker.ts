import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

import { inputSchema } from '../describing/input-schema';
import { CompiledTexts, type CompiledText } from './compiled-texts';
import { hostModules, type HostModules } from './host-modules';
import { configOf, type PlainConfig } from './probe-config';
import { readExport, settledExport } from './workflow-export';
import { WorkflowModules } from './workflow-modules';

/** Files to try, in this order. */
export interface ProbeOrder {
  readonly dir: string;
  readonly files: readonly string[];
  readonly config: PlainConfig;
}

/** Told once when the first file is about to be tried, then of each file that harmed nobody. */
export type ProbeNews =
  | { readonly kind: 'begun' }
  | { readonly kind: 'harmless'; readonly file: string; readonly texts: readonly CompiledText[] };

async function probeAll({ dir, files, config }: ProbeOrder): Promise<void> {
  const host = hostModules(configOf(config));
  const texts = new CompiledTexts();
  tell({ kind: 'begun' });
  for (const file of files) {
    await load(join(dir, file), host, texts);
    // What it left unhandled ends this thread now, before the file is told to be harmless.
    await nextTurn();
    tell({ kind: 'harmless', file, texts: texts.take() });
  }
}

/** Whether it is a workflow is not for us to say: what it throws, it will throw again. */
async function load(path: string, host: HostModules, texts: CompiledTexts): Promise<void> {
  try {
    const found = readExport(
      await new WorkflowModules(host, texts).import(path).then(settledExport),
    );
    if (found.kind === 'workflow') inputSchema(found.workflow.RequestSchema, 'draft-2020-12');
  } catch {
    return;
  }
}

function tell(news: ProbeNews): void {
  parentPort?.postMessage(news);
}

// Whoever listens keeps this thread alive: it ends on its own only if a file ends it.
parentPort?.on('message', () => undefined);
void probeAll(workerData as ProbeOrder);
