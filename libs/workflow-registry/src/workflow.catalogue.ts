import type { Workflow } from '@gateway/workflow-files';

/** A workflow that has a route. */
export interface ServedWorkflow {
  readonly state: 'served';
  /** Relative to the folder, with `/`. */
  readonly file: string;
  /** Below `/workflows/`: the file's path without its ending. */
  readonly route: string;
  /** The same on every start, and no other workflow's. */
  readonly operationId: string;
  readonly workflow: Workflow;
}

/** A file that should be a workflow and is none. */
export interface BrokenWorkflow {
  readonly state: 'broken';
  readonly file: string;
  readonly route: string;
  readonly reason: string;
  /** Where, if that is known; in another file when `reason` names one. */
  readonly line?: number;
}

/** What was found in a folder, once; it does not change. */
export class WorkflowCatalogue {
  constructor(
    readonly served: readonly ServedWorkflow[],
    readonly broken: readonly BrokenWorkflow[],
    /** Whether inputs are described as a Markdown table too. */
    readonly markdownDescriptions: boolean,
  ) {}

  /** All of them, by file. */
  get entries(): readonly (ServedWorkflow | BrokenWorkflow)[] {
    return [...this.served, ...this.broken].sort((a, b) => (a.file < b.file ? -1 : 1));
  }
}
