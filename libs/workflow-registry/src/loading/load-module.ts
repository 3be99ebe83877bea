import { dirname, relative, resolve } from 'node:path';

import { within } from '@gateway/kernel';
import { type HostModules, loadFailure, WorkflowModules } from '@gateway/workflow-files';

import { ModuleFileError } from '../workflow.errors';

const LOADED_WITHIN_MS = 30_000;

/**
 * What a file exports that is none of ours and no workflow: loaded as workflow files are, TypeScript,
 * ES module or CommonJS, with `host` to answer some of its imports.
 *
 * @throws ModuleFileError (`module.not_loaded`) with file, line and reason.
 */
export async function loadModule(file: string, host: HostModules): Promise<unknown> {
  const path = resolve(file);
  try {
    const loading = new WorkflowModules(host).import(path);
    return await within(LOADED_WITHIN_MS, loading, 'Loading it');
  } catch (thrown) {
    const failure = loadFailure(thrown, path, dirname(path));
    const where =
      failure.file === path ? file : `${file}: ${relative(dirname(path), failure.file)}`;
    const line = failure.line === undefined ? '' : `:${failure.line}`;
    throw new ModuleFileError(`${where}${line}`, failure.reason, { cause: thrown });
  }
}
