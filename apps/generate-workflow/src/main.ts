import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AnthropicClient } from './claude/anthropic.client';
import { parseCommandLine } from './command-line.parser';
import { generateWorkflow } from './generate-workflow';
import { messageOf } from './generate-workflow.errors';

const DEFAULT_MODEL = 'claude-sonnet-4-5';
const DEFAULT_BASE_URL = 'https://api.anthropic.com';

/** From `dist/apps/generate-workflow/src`. */
const APPS = join(__dirname, '..', '..');
const ROOT = join(APPS, '..', '..');

async function main(): Promise<void> {
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_MODEL } = process.env;
  // The file that is checked runs in this process, and need not know.
  delete process.env['ANTHROPIC_API_KEY'];
  const line = parseCommandLine(process.argv.slice(2), given(ANTHROPIC_MODEL) ?? DEFAULT_MODEL);
  const apiKey = line.offline ? undefined : given(ANTHROPIC_API_KEY);
  if (apiKey === undefined && !line.offline) {
    say('ANTHROPIC_API_KEY is not set: writing the file from what the nodes declare.');
  }
  await generateWorkflow(line, {
    claude: apiKey === undefined ? undefined : await claudeFor(apiKey, line.model),
    emulatorEntry: join(APPS, 'comfyui-emulator', 'src', 'main.js'),
    say,
  });

  async function claudeFor(
    key: string,
    model: string,
  ): Promise<{ readonly client: AnthropicClient; readonly systemPrompt: string }> {
    const baseUrl = given(ANTHROPIC_BASE_URL) ?? DEFAULT_BASE_URL;
    return {
      client: new AnthropicClient({ baseUrl, apiKey: key, model }),
      systemPrompt: await readFile(join(ROOT, 'claude-endpoint-creation-prompt.md'), 'utf8'),
    };
  }
}

function given(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === '' ? undefined : text;
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    say(messageOf(error));
    process.exit(1);
  },
);
