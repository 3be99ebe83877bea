import { Command } from 'commander';

/** What the command line says. */
export interface CommandLine {
  readonly inputFile: string;
  readonly outputFile: string;
  readonly model: string;
  readonly offline: boolean;
  readonly comfyuiUrl?: string;
  readonly objectInfo?: string;
  readonly force: boolean;
  readonly summary?: string;
  readonly description?: string;
}

/** Ends the process over `--help` and over a command line that means nothing. */
export function parseCommandLine(args: readonly string[], defaultModel: string): CommandLine {
  const command = new Command('generate-workflow')
    .description('Writes a workflow file for the gateway from a graph in API format.')
    .argument('<inputFile>', 'the graph, as ComfyUI saves it with "Export (API)"')
    .argument('<outputFile>', 'the file to write, such as workflows/portrait.ts')
    .option('--model <name>', 'model that writes the file', defaultModel)
    .option('--offline', 'ask no model, even if ANTHROPIC_API_KEY is set', false)
    .option('--comfyui-url <url>', 'the ComfyUI whose nodes count (default: the one on port 8188)')
    .option('--object-info <file>', 'an answer of its GET /object_info instead')
    .option('--force', 'overwrite the output file', false)
    .option('--summary <text>', 'one line, for lists')
    .option('--description <text>', 'Markdown, for the documentation')
    .addHelpText('after', ENVIRONMENT)
    .parse(args, { from: 'user' });
  const [inputFile = '', outputFile = ''] = command.args;
  return {
    inputFile,
    outputFile,
    ...command.opts<Omit<CommandLine, 'inputFile' | 'outputFile'>>(),
  };
}

const ENVIRONMENT = `
Environment:
  ANTHROPIC_API_KEY   without it the file is written offline, from what the nodes declare
  ANTHROPIC_MODEL     model that writes the file
  ANTHROPIC_BASE_URL  default: https://api.anthropic.com`;
