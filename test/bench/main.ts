/** Measures what the gateway adds to ComfyUI: `npm run bench -- --help`. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { parseCommandLine, type CommandLine } from './command-line';
import { PreparedFiles } from './files';
import type { Finding } from './measure/finding';
import { seesProcesses } from './measure/process-usage';
import { writePerformancePage } from './report/performance-page';
import { circumstances, loadNow, reportOf, textTables } from './report/report';
import type { Bench, Scenario } from './scenario';
import { SCENARIOS } from './scenarios/all';
import { Stage, type Foreign } from './stage';

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv.slice(2));
  if (options.help) {
    print(USAGE);
    return;
  }
  const scenarios = chosen(options);
  const loadBefore = loadNow();
  const files = await PreparedFiles.create();
  const findings: Finding[] = [];
  try {
    for (const scenario of scenarios) {
      process.stderr.write(`${scenario.name}\n`);
      findings.push(...(await scenario.run(benchOf(options, files, scenario.name))));
    }
  } finally {
    await files.remove();
  }
  const { repeats, quick, target = 'our gateway' } = options;
  const report = reportOf(findings, { loadBefore, repeats, quick, target });
  print(`${textTables(findings)}\n\n${circumstances(report)}`);
  if (!seesProcesses) print('CPU and memory of other processes are measured on Linux only.');
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  if (options.markdown !== undefined) {
    await writePerformancePage(options.markdown, SCENARIOS, report);
  }
}

function chosen({ only, target }: CommandLine): readonly Scenario[] {
  const unknown = only.filter((name) => SCENARIOS.every((scenario) => scenario.name !== name));
  if (unknown.length > 0) throw new TypeError(`No scenario is called ${unknown.join(', ')}`);
  const wanted = SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name));
  if (target === undefined) return wanted;
  const possible = wanted.filter(({ ownGatewayOnly }) => ownGatewayOnly !== true);
  const others = wanted.filter((scenario) => !possible.includes(scenario));
  const names = others.map(({ name }) => name).join(', ');
  if (names !== '') print(`Not possible with a server that somebody else started: ${names}.`);
  return possible;
}

function benchOf(
  { repeats, quick, target, engine, pid, cpuProf }: CommandLine,
  files: PreparedFiles,
  scenario: string,
): Bench {
  const foreign: Foreign | undefined =
    target === undefined ? undefined : { url: target, engineUrl: engine, pid };
  const profileDir = cpuProf === undefined ? undefined : join(resolve(cpuProf), scenario);
  return {
    repeats,
    files,
    size: (whole, small) => (quick ? small : whole),
    async onStage(setup, work) {
      const stage = await Stage.start({ ...setup, profileDir }, foreign);
      try {
        // Start-up has an end: models listed, documents built, garbage collected.
        await pause(1_000);
        return await work(stage);
      } finally {
        await stage.stop();
      }
    },
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const USAGE = `npm run bench -- [options]

  --only <name>       this scenario only; may be repeated (${SCENARIOS.map(({ name }) => name).join(', ')})
  --repeats <n>       how often each side is measured, one after the other (3)
  --quick             small sizes: a look, not a measurement
  --json <file>       write all figures to a file
  --markdown <file>   write them and what the scenarios are into a page: docs/performance.md
  --cpu-prof <folder> write CPU profiles of all servers and what is in them: slower, for finding out why
  --target <url>      measure a server with the same API instead of our gateway,
  --engine <url>        behind which this emulator in turbo mode runs (http://127.0.0.1:8188),
  --pid <n>             and which is this process, for its CPU and memory`;

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
