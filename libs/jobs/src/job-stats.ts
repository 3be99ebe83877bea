/** Where the time of a job went. All values are milliseconds; `start`, `end` are epoch times. */
export interface JobStats {
  readonly comfy_execution: {
    readonly start: number;
    readonly end: number;
    readonly duration: number;
    readonly nodes: Readonly<Record<string, { readonly start: number }>>;
  };
  /** Reading and writing input files. */
  readonly preprocess_time: number;
  /** Waiting for a place in the engine. */
  readonly queue_time: number;
  /** From handing the prompt to the engine to its last word on it. */
  readonly comfy_round_trip_time: number;
  /** Opening and converting outputs. */
  readonly postprocess_time: number;
  /** From acceptance to the moment these stats were made. */
  readonly total_time: number;
}
