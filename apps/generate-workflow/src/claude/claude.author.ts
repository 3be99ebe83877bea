import { stringifyJson, type PromptGraph } from '@gateway/comfy-protocol';

import type { Wishes } from '../authoring/offline.author';
import type { CheckVerdict } from '../checking/workflow.check';
import { CannotGenerateError } from '../generate-workflow.errors';
import { codeOf } from './answer-code';
import type { AnthropicClient, Message } from './anthropic.client';

export interface ClaudeTask {
  readonly client: AnthropicClient;
  /** What a workflow file is, to the model. */
  readonly systemPrompt: string;
  readonly graph: PromptGraph;
  readonly wishes: Wishes;
  readonly check: (source: string) => Promise<CheckVerdict>;
}

/**
 * Has a file written by the model. One that fails its check goes back once, with the reason.
 *
 * @throws CannotGenerateError
 */
export async function askForWorkflow(
  task: ClaudeTask,
): Promise<{ readonly source: string; readonly checked: CheckVerdict & { verdict: 'good' } }> {
  const { client, systemPrompt, check } = task;
  const question: Message = { role: 'user', content: questionOf(task) };
  const answer = await client.ask(systemPrompt, [question]);
  const first = codeOf(answer);
  const verdict = await check(first);
  if (verdict.verdict === 'good') return { source: first, checked: verdict };
  const repaired = await client.ask(systemPrompt, [
    question,
    { role: 'assistant', content: answer },
    { role: 'user', content: complaint(verdict.reason) },
  ]);
  const source = codeOf(repaired);
  const checked = await check(source);
  if (checked.verdict === 'good') return { source, checked };
  throw new CannotGenerateError(
    `The model wrote no file that works, twice; the second time: ${checked.reason}.`,
  );
}

function questionOf({ graph, wishes: { summary, description } }: ClaudeTask): string {
  return [
    stringifyJson(graph),
    ...(summary === undefined ? [] : [`Use this summary: ${summary}`]),
    ...(description === undefined ? [] : [`Use this description: ${description}`]),
  ].join('\n\n');
}

function complaint(reason: string): string {
  return `The gateway cannot use this file: ${reason}. Answer with the whole file again, corrected.`;
}
