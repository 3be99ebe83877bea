import type { Round } from '../clients/load';
import { textToImage } from '../graphs';
import { atLeast, atMost, beside, ofServers, ratio, type Finding } from '../measure/finding';
import type { Bench, Scenario } from '../scenario';
import { each, promptRounds } from '../stage';

interface Load {
  readonly clients: number;
  readonly delayMs: number;
  readonly parallel: number;
  readonly leastRate: number;
}

const LOADS: readonly Load[] = [
  { clients: 16, delayMs: 0, parallel: 1, leastRate: 0.5 },
  { clients: 64, delayMs: 0, parallel: 1, leastRate: 0.5 },
  { clients: 256, delayMs: 0, parallel: 1, leastRate: 0.5 },
  { clients: 64, delayMs: 20, parallel: 64, leastRate: 0.75 },
];

/** How much of an engine's throughput is left behind the gateway. */
export const closedLoops: Scenario = {
  name: 'closed-loop',
  about:
    'So many clients, each sending its next prompt when it has the picture of its last. An engine that ' +
    'takes no time shows what the gateway costs; one that runs 64 prompts of 20 ms side by side, with ' +
    '`COMFY_MAX_IN_FLIGHT=64`, shows what is left of its throughput. CPU of 1,000 prompts is that of all ' +
    'processes together, and that of the server between client and engine alone.',
  run: async (bench) => {
    const findings: Finding[] = [];
    for (const load of LOADS) findings.push(...(await measure(bench, load)));
    return findings;
  },
};

async function measure(
  bench: Bench,
  { clients, delayMs, parallel, leastRate }: Load,
): Promise<readonly Finding[]> {
  const file = await bench.files.smallPicture();
  const setup = {
    turbo: `delay@${delayMs},parallel@${parallel},file@${file}`,
    connections: clients,
    withBare: true,
    ...(parallel > 1 && { env: { COMFY_MAX_IN_FLIGHT: String(parallel) } }),
  };
  return bench.onStage(setup, async (stage) => {
    const load = { clients, prompts: bench.size(3_000, 600), repeats: bench.repeats };
    const rounds = await promptRounds(stage.sidesWithBare, load, textToImage);
    const what =
      `${clients} clients, engine ${delayMs} ms` +
      (parallel > 1 ? ` × ${parallel} in parallel` : '');
    const rates = each(rounds, answeredPerSecond);
    const cpu = each(rounds, cpuPerThousand);
    const servers = { bare: rounds.bare, gateway: rounds.gateway };
    return [
      ratio({ what, figure: 'prompts/s', unit: '/s' }, rates, atLeast(leastRate)),
      ratio({ what, figure: 'CPU of 1,000 prompts', unit: 'ms' }, cpu, atMost(2)),
      ofServers({ what, figure: 'of it the server', unit: 'ms' }, each(servers, serverCpu)),
      beside({ what, figure: 'CPU of the engine', unit: '%' }, each(rounds, shareOf('engine'))),
      beside({ what, figure: 'CPU of the client', unit: '%' }, each(rounds, shareOf('client'))),
      beside({ what, figure: 'CPU of the server', unit: '%' }, each(servers, shareOf('server'))),
      beside({ what, figure: 'unanswered', unit: '' }, each(rounds, unanswered), atMost(0)),
    ];
  });
}

const unanswered = (round: Round): number => round.unanswered;

function answeredPerSecond({ latenciesMs, elapsedMs }: Round): number {
  return latenciesMs.length / (elapsedMs / 1_000);
}

function cpuPerThousand(round: Round): number {
  const { client, engine, server } = round.cpuMs;
  const ofServer = Number.isNaN(server) ? 0 : server;
  return ((client + engine + ofServer) / round.latenciesMs.length) * 1_000;
}

function serverCpu({ cpuMs, latenciesMs }: Round): number {
  return (cpuMs.server / latenciesMs.length) * 1_000;
}

/** Of one core, while the round lasted. */
function shareOf(process: keyof Round['cpuMs']): (round: Round) => number {
  return ({ cpuMs, elapsedMs }) => (cpuMs[process] / elapsedMs) * 100;
}
