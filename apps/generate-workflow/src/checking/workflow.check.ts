import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { describeGraphProblem, type JsonValue, type PromptGraph } from '@gateway/comfy-protocol';
import { silentLog } from '@gateway/kernel';
import { loadWorkflows, type ServedWorkflow } from '@gateway/workflow-registry';

import type { RequestInput } from '../authoring/request-input';
import { messageOf } from '../generate-workflow.errors';
import type { NodeListing } from '../reading/node-listing';
import { checkConfig } from './check-config';
import { validateGraph } from './check-listing';
import { sampleRequest } from './sample-request';

/** A file to check, the graph it is to make, and the nodes it is to run on. */
export interface CheckedFile {
  readonly source: string;
  /** As it will be called. */
  readonly fileName: string;
  readonly graph: PromptGraph;
  readonly listing: NodeListing;
}

export type CheckVerdict =
  | {
      readonly verdict: 'good';
      /** Below `/workflows/`. */
      readonly route: string;
      /** What this engine refuses in the graph itself, whoever writes the file. */
      readonly warnings: readonly string[];
    }
  | { readonly verdict: 'bad'; readonly reason: string };

/**
 * Loads a file as the gateway does, lets it make a graph from its defaults, and validates that. With
 * `inputs` the graph must come out as it went in when each is given what it was there.
 */
export async function checkWorkflow(
  file: CheckedFile,
  inputs?: readonly RequestInput[],
): Promise<CheckVerdict> {
  const dir = await mkdtemp(join(tmpdir(), 'generate-workflow-'));
  try {
    await writeFile(join(dir, file.fileName), file.source);
    const config = await checkConfig(file.graph, file.listing, dir);
    const loaded = await loadWorkflows({
      dir,
      config,
      markdownDescriptions: false,
      log: silentLog,
    });
    const [broken] = loaded.broken;
    const [served] = loaded.served;
    if (broken)
      return bad(`${broken.reason}${broken.line === undefined ? '' : ` (line ${broken.line})`}`);
    if (!served) return bad('It exports neither RequestSchema nor generateWorkflow');
    return await checkGraph(served, file, inputs);
  } catch (error) {
    return bad(messageOf(error));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function checkGraph(
  { workflow, route }: ServedWorkflow,
  { graph, listing }: CheckedFile,
  inputs: readonly RequestInput[] | undefined,
): Promise<CheckVerdict> {
  const make = async (request: unknown): Promise<JsonValue> => {
    const input = workflow.RequestSchema.parse(request);
    return (await workflow.generateWorkflow(input)) as unknown as JsonValue;
  };
  const made = await make(sampleRequest(workflow.RequestSchema, workflow.examples));
  const problem = describeGraphProblem(made);
  if (problem) return bad(`What it generates is no graph: ${problem.message}`);
  const own = refusals(graph, listing);
  const refused = refusals(made as unknown as PromptGraph, listing);
  const caused = refused.filter((refusal) => !own.includes(refusal));
  if (caused.length > 0) return bad(`ComfyUI would refuse its graph: ${caused.join('; ')}`);
  if (inputs) {
    const same = await make(
      Object.fromEntries(inputs.map(({ name, original }) => [name, original])),
    );
    if (!isDeepStrictEqual(plain(same), plain(graph))) return bad('It changes the graph');
  }
  return { verdict: 'good', route, warnings: own };
}

/** What was loaded may be of another realm, whose objects are never strictly equal to ours. */
function plain(value: unknown): unknown {
  return structuredClone(value);
}

function refusals(graph: PromptGraph, listing: NodeListing): readonly string[] {
  const result = validateGraph(graph, listing);
  const ofNodes = Object.entries(result.nodeErrors).flatMap(([id, { errors, class_type }]) =>
    errors.map(({ message, details }) => `${message}: ${details} (node ${id}, ${class_type})`),
  );
  if (ofNodes.length > 0 || result.outcome === 'valid') return ofNodes;
  return [`${result.error.message} ${result.error.details}`.trim()];
}

function bad(reason: string): CheckVerdict {
  return { verdict: 'bad', reason: reason.replace(/[.\s]+$/, '') };
}
