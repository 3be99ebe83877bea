import type { PreparedFiles } from './files';
import type { Finding } from './measure/finding';
import type { Stage, StageSetup } from './stage';

/** One question of the benchmark. */
export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  /** What is done and what is measured, in a few sentences of Markdown. */
  readonly about: string;
  /** Whether it needs to start, end or look into a gateway: not possible with somebody's server. */
  readonly ownGatewayOnly?: true;
  run(bench: Bench): Promise<readonly Finding[]>;
}

/** What scenarios work with. */
export interface Bench {
  readonly repeats: number;
  readonly files: PreparedFiles;
  /** The whole size, or with `--quick` the small one. */
  size<T>(whole: T, quick: T): T;
  /** Engines and a gateway, gone when `work` is done. */
  onStage<T>(setup: StageSetup, work: (stage: Stage) => Promise<T>): Promise<T>;
}
