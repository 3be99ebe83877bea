import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly help: boolean;
  readonly only: readonly string[];
  readonly repeats: number;
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  /** Folder for CPU profiles of gateways, engines and the bare wrapper. */
  readonly cpuProf: string | undefined;
  readonly target: string | undefined;
  readonly engine: string;
  readonly pid: number | undefined;
}

/** @throws TypeError with a sentence for whoever typed it. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      repeats: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
      'cpu-prof': { type: 'string' },
      target: { type: 'string' },
      engine: { type: 'string', default: 'http://127.0.0.1:8188' },
      pid: { type: 'string' },
    },
  });
  return {
    help: values.help,
    only: values.only,
    repeats: count('repeats', values.repeats),
    quick: values.quick,
    json: values.json,
    markdown: values.markdown,
    cpuProf: values['cpu-prof'],
    target: values.target,
    engine: values.engine,
    pid: values.pid === undefined ? undefined : count('pid', values.pid),
  };
}

function count(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new TypeError(`--${name} must be a whole number above 0, not '${text}'`);
}
