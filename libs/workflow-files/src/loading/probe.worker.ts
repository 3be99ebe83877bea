import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

import { inputSchema } from '../describing/input-schema';
import { CompiledTexts, type CompiledText } from './compiled-texts';
import { hostModules, type HostModules } from './host-modules';
import { readTexts, type TextStore } from './kept-texts';
import { configOf, type PlainConfig } from './probe-config';
import { readExport, settledExport } from './workflow-export';
import { findWorkflowFiles } from './workflow-files';
import { WorkflowModules } from './workflow-modules';

/** What a thread knows when it starts: enough to compile, which runs nothing of the files. */
export interface ProbeGround {
  readonly dir: string;
  readonly store?: TextStore | undefined;
}

/** Sent later: files of the folder to try, in this order. */
export interface ProbeOrder {
  readonly files: readonly string[];
  readonly config: PlainConfig;
}

/** Told once when files can be tried, then of each file that harmed nobody. */
export type ProbeNews =
  | { readonly kind: 'begun' }
  | { readonly kind: 'harmless'; readonly file: string; readonly texts: readonly CompiledText[] };

async function probeAll({ dir, store }: ProbeGround): Promise<void> {
  const ordered = new Ordered();
  tell({ kind: 'begun' });
  const texts = new CompiledTexts(store && readTexts(store));
  await compileAhead(dir, texts, ordered);
  const { files, config } = await ordered.order;
  const host = hostModules(configOf(config));
  for (const file of files) {
    await load(join(dir, file), host, texts);
    // What it left unhandled ends this thread now, before the file is told to be harmless.
    await nextTurn();
    tell({ kind: 'harmless', file, texts: texts.take() });
  }
}

/** Whoever listens keeps this thread alive: it ends on its own only if a file ends it. */
class Ordered {
  isThere = false;
  readonly order = new Promise<ProbeOrder>((resolve) => {
    parentPort?.on('message', (order: ProbeOrder) => {
      this.isThere = true;
      resolve(order);
    });
  });
}

/** Until there is something to try: each file's limit is for what it costs itself. */
async function compileAhead(dir: string, texts: CompiledTexts, ordered: Ordered): Promise<void> {
  const { files } = await findWorkflowFiles(dir).catch(() => ({ files: [] }));
  for (const file of files) {
    await nextTurn();
    if (ordered.isThere) return;
    // What is wrong with a file is found again when it is tried.
    await WorkflowModules.compile(join(dir, file), texts).catch(() => undefined);
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

void probeAll(workerData as ProbeGround);
