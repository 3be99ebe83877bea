import { join, relative, resolve, sep } from 'node:path';

import { within, type Log } from '@gateway/kernel';
import {
  type CompiledText,
  CompiledTexts,
  findWorkflowFiles,
  type HostModules,
  hostModules,
  loadFailure,
  messageOf,
  readExport,
  settledExport,
  type Workflow,
  type WorkflowHostConfig,
  type ProbeThread,
  type TextStore,
  WorkflowModules,
  WorkflowProbe,
  writeTexts,
} from '@gateway/workflow-files';

import { WorkflowCatalogue, type BrokenWorkflow, type ServedWorkflow } from '../workflow.catalogue';
import { nameProblem, operationIds, rivalsByFile, routeOf } from '../workflow-route';
import { workflowsOf, type NamedWorkflowCode, type WorkflowAuthoring } from './workflow-code';

export interface WorkflowSource {
  /** The folder; it need not exist. */
  readonly dir: string;
  /** What workflow files get for `import config from '../config'`. */
  readonly config: WorkflowHostConfig;
  readonly markdownDescriptions: boolean;
  /** Workflows that are in no file. */
  readonly code?: readonly NamedWorkflowCode[];
  readonly log: Log;
  /** How long a file may take to load; 10 s when absent. */
  readonly loadedWithinMs?: number;
  /** Where compiled files are kept for the next start; none are when absent. */
  readonly store?: TextStore | undefined;
  /** One that was started ahead for this folder. */
  readonly thread?: ProbeThread | undefined;
}

/** Top-level code that waits for something must not keep the gateway from starting. */
const LOADED_WITHIN_MS = 10_000;

/**
 * Loads every workflow file under a folder, one after the other and each on its own. The folder is only
 * read, and can be loaded again at any time. A file that fails is
 * logged once and is part of the answer; this function itself never fails because of one.
 *
 * @throws WorkflowCodeError (`workflow.code_failed`).
 */
export async function loadWorkflows(source: WorkflowSource): Promise<WorkflowCatalogue> {
  const { log, markdownDescriptions } = source;
  const dir = resolve(source.dir);
  const files = await filesIn(dir, log);
  const { code = [] } = source;
  if (!files && code.length === 0) return new WorkflowCatalogue([], [], markdownDescriptions);
  const host = hostModules(source.config);
  const found = [...(await loadFiles(dir, files ?? [], host, source))];
  for (const named of code) {
    const authoring = host.find('comfyui-gateway') as unknown as WorkflowAuthoring;
    found.push(...(await workflowsOf(named, authoring)));
  }
  const entries = withoutRivals(found);
  const broken = entries.filter((entry) => entry.state === 'broken');
  for (const { file, line, reason } of broken) {
    log.warn({ file, line, reason }, `workflow ${placed(file, line)} is not served: ${reason}`);
  }
  const served = withOperationIds(entries.filter((entry) => entry.state === 'served'));
  log.info({ dir, served: served.length, broken: broken.length }, 'workflows loaded');
  return new WorkflowCatalogue(served, broken, markdownDescriptions);
}

type LoadedWorkflow = Omit<ServedWorkflow, 'operationId'>;

async function loadFiles(
  dir: string,
  files: readonly string[],
  host: HostModules,
  source: WorkflowSource,
): Promise<readonly (LoadedWorkflow | BrokenWorkflow)[]> {
  const { log, loadedWithinMs = LOADED_WITHIN_MS } = source;
  const texts = new CompiledTexts();
  const probe = new WorkflowProbe({ ...source, dir, files, limitMs: loadedWithinMs, texts });
  const found: (LoadedWorkflow | BrokenWorkflow)[] = [];
  try {
    for (const file of files) {
      log.debug({ file }, 'loading a workflow');
      const problem = await probe.problemOf(file);
      const loaded =
        problem === undefined
          ? await loadFile(dir, file, new WorkflowModules(host, texts), loadedWithinMs)
          : broken(file, problem);
      if (loaded) found.push(loaded);
    }
  } finally {
    await probe.end();
  }
  await keep(texts.all(), source);
  return found;
}

/** Only what this load used: what is left of files that are no more goes with the next change. */
async function keep(
  texts: readonly CompiledText[],
  { store, log }: Pick<WorkflowSource, 'store' | 'log'>,
): Promise<void> {
  if (!store || texts.every(({ isKept }) => isKept)) return;
  await writeTexts(store, texts).catch((error: unknown) => {
    log.info({ err: error, file: store.file }, 'compiled workflows cannot be kept');
  });
}

async function filesIn(dir: string, log: Log): Promise<readonly string[] | undefined> {
  try {
    const { files, unreadable } = await findWorkflowFiles(dir);
    if (unreadable.length > 0) log.info({ dir, unreadable }, 'some folders cannot be read');
    return files;
  } catch (error) {
    log.info({ dir, reason: messageOf(error) }, 'no folder of workflows');
    return undefined;
  }
}

async function loadFile(
  dir: string,
  file: string,
  modules: WorkflowModules,
  withinMs: number,
): Promise<LoadedWorkflow | BrokenWorkflow | undefined> {
  try {
    const path = join(dir, file);
    const loading = modules.import(path).then(settledExport);
    const found = readExport(await within(withinMs, loading, 'Loading it'));
    if (found.kind === 'helper') return undefined;
    if (found.kind === 'broken') return broken(file, found.reason);
    const problem = nameProblem(file);
    return problem === undefined ? servable(file, found.workflow) : broken(file, problem);
  } catch (thrown) {
    const failure = loadFailure(thrown, join(dir, file), dir);
    const where = relative(dir, failure.file).split(sep).join('/');
    return where === file
      ? broken(file, failure.reason, failure.line)
      : broken(file, `${failure.reason} (${placed(where, failure.line)})`);
  }
}

function servable(file: string, workflow: Workflow): LoadedWorkflow {
  return { state: 'served', file, route: routeOf(file), workflow };
}

function broken(file: string, reason: string, line?: number): BrokenWorkflow {
  const route = routeOf(file);
  return { state: 'broken', file, route, reason, ...(line !== undefined && { line }) };
}

function placed(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** Helpers are no rivals: `a.ts` may have a helper `a.js`. Broken workflows are. */
function withoutRivals(
  found: readonly (LoadedWorkflow | BrokenWorkflow)[],
): readonly (LoadedWorkflow | BrokenWorkflow)[] {
  const rivals = rivalsByFile(found);
  return found.map((entry) => {
    const others = rivals.get(entry.file);
    if (!others || entry.state === 'broken') return entry;
    const names = others.map((other) => `"${other}"`).join(' and ');
    return broken(entry.file, `"${entry.file}" and ${names} would have one route; rename one`);
  });
}

function withOperationIds(workflows: readonly LoadedWorkflow[]): readonly ServedWorkflow[] {
  const ids = operationIds(workflows.map(({ route }) => route));
  return workflows.map((workflow) => ({
    ...workflow,
    operationId: ids.get(workflow.route) ?? workflow.route,
  }));
}
