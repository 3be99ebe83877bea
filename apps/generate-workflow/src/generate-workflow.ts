import { basename } from 'node:path';

import type { PromptGraph } from '@gateway/comfy-protocol';

import { writeWorkflow, type Wishes } from './authoring/offline.author';
import { checkWorkflow, type CheckVerdict } from './checking/workflow.check';
import type { AnthropicClient } from './claude/anthropic.client';
import { askForWorkflow } from './claude/claude.author';
import type { CommandLine } from './command-line.parser';
import { CannotGenerateError } from './generate-workflow.errors';
import { checkOutput, writeOutput } from './output.file';
import { readGraph } from './reading/graph.reader';
import type { NodeListing } from './reading/node-listing';
import { readListing } from './reading/node-listing.reader';

/** What the command needs besides its command line. */
export interface Surroundings {
  /** `undefined` is offline. */
  readonly claude: { readonly client: AnthropicClient; readonly systemPrompt: string } | undefined;
  readonly emulatorEntry: string;
  /** Tells the person at the terminal what is going on. */
  readonly say: (sentence: string) => void;
}

/**
 * Writes a workflow file that was loaded, has made a graph, and whose graph was validated.
 *
 * @throws CannotGenerateError and writes nothing.
 */
export async function generateWorkflow(line: CommandLine, around: Surroundings): Promise<void> {
  const { outputFile } = line;
  await checkOutput(outputFile, line.force);
  const graph = await readGraph(line.inputFile);
  const listing = await readListing({ ...line, objectInfoFile: line.objectInfo, ...around });
  around.say(`Read the nodes of ${listing.source}.`);
  const { source, checked } = await write(line, graph, listing, around);
  for (const warning of checked.warnings) around.say(`In the graph itself: ${warning}.`);
  await writeOutput(outputFile, source);
  around.say(`Wrote ${outputFile}: in WORKFLOW_DIR it is POST /workflows/${checked.route}.`);
}

interface Checked {
  readonly source: string;
  readonly checked: CheckVerdict & { readonly verdict: 'good' };
}

async function write(
  line: CommandLine,
  graph: PromptGraph,
  listing: NodeListing,
  { claude, say }: Surroundings,
): Promise<Checked> {
  const wishes: Wishes = { ...line, graphName: basename(line.inputFile) };
  const file = { fileName: basename(line.outputFile), graph, listing };
  if (claude) {
    say(`Asking ${line.model}…`);
    const check = (source: string): Promise<CheckVerdict> => checkWorkflow({ ...file, source });
    return askForWorkflow({ ...claude, graph, wishes, check });
  }
  const { source, inputs, notes } = writeWorkflow(graph, listing, wishes);
  const checked = await checkWorkflow({ ...file, source }, inputs);
  if (checked.verdict === 'bad') {
    throw new CannotGenerateError(`The file that was written does not work: ${checked.reason}.`);
  }
  for (const note of notes) say(note);
  return { source, checked };
}
