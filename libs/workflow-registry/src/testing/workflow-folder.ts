import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ModelCatalogue, workflowConfig } from '@gateway/catalogue';
import { silentLog, type Log } from '@gateway/kernel';
import type { WorkflowHostConfig } from '@gateway/workflow-files';

import { loadWorkflows, type WorkflowSource } from '../loading/load-workflows';
import type { ServedWorkflow, WorkflowCatalogue } from '../workflow.catalogue';

/** A throw-away folder of workflow files, with a folder of models beside it. */
export class WorkflowFolder {
  readonly dir: string;
  readonly lines: LogLine[] = [];
  readonly log: Log;
  private readonly models: ModelCatalogue;

  private constructor(private readonly base: string) {
    this.dir = join(base, 'workflows');
    this.log = {
      ...silentLog,
      debug: (facts, message) => this.lines.push({ level: 'debug', facts, message }),
      info: (facts, message) => this.lines.push({ level: 'info', facts, message }),
      warn: (facts, message) => this.lines.push({ level: 'warn', facts, message }),
    };
    this.models = new ModelCatalogue({
      modelDir: join(base, 'models'),
      source: { modelFolders: () => Promise.resolve([]), models: () => Promise.resolve([]) },
      isEngineReady: () => false,
      log: silentLog,
    });
  }

  static async make(): Promise<WorkflowFolder> {
    const folder = new WorkflowFolder(await mkdtemp(join(tmpdir(), 'workflows-')));
    await mkdir(folder.dir);
    await folder.addModel('warm.safetensors');
    return folder;
  }

  get config(): WorkflowHostConfig {
    const { models } = this;
    return {
      ...workflowConfig({
        models,
        objectInfo: () => undefined,
        warmupCheckpoint: 'warm.safetensors',
      }),
      wrapperPort: 3000,
      comfyDir: '/opt/ComfyUI',
    };
  }

  async add(file: string, text: string): Promise<this> {
    const path = join(this.dir, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return this;
  }

  async addModel(name: string): Promise<void> {
    const folder = join(this.base, 'models', 'checkpoints');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), '');
    await this.models.refresh();
  }

  load(
    options?: Pick<WorkflowSource, 'loadedWithinMs' | 'store' | 'thread'>,
  ): Promise<WorkflowCatalogue> {
    const { dir, config, log } = this;
    return loadWorkflows({ dir, config, log, markdownDescriptions: true, ...options });
  }

  /** For folders of one file. */
  async loadOnly(): Promise<ServedWorkflow> {
    const { served, broken } = await this.load();
    const [only] = served;
    if (!only || served.length > 1) throw new Error(JSON.stringify({ served, broken }));
    return only;
  }

  remove(): Promise<void> {
    return rm(this.base, { recursive: true, force: true });
  }
}

interface LogLine {
  readonly level: 'debug' | 'info' | 'warn';
  readonly facts: object;
  readonly message: string;
}

/** A workflow file with this shape for its input, whose graph holds that input. */
export function workflowText(shape: string, before = ''): string {
  return [
    'import { z } from "zod";',
    'import config from "../config";',
    before,
    `const RequestSchema = z.object({ ${shape} });`,
    'const generateWorkflow = (input) => ({ "1": { class_type: "Echo", inputs: input } });',
    'export default { RequestSchema, generateWorkflow, config };',
  ].join('\n');
}
