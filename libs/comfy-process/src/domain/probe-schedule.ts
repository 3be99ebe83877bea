import type { Action } from './supervisor-state';

type ProbeAction = Extract<Action, { do: 'probe' }>;

/**
 * The second probe comes this soon; the pauses then grow up to the interval, so slowly that an engine
 * waits for its probe about a quarter as long as it took to come up.
 */
const FIRST_PAUSE_MS = 25;
const PAUSE_GROWTH = 1.25;

/** A probe may take this long even where the interval is shorter: a loading ComfyUI is slow. */
const USUAL_PROBE_MS = 1_000;

/** The probe at the deadline gets this long, so the time allowed is overrun by no more. */
const SHORTEST_PROBE_MS = 100;

/** At once: an engine that is already up must not cost an interval. */
export function firstProbe(timeLeftMs: number, intervalMs: number): ProbeAction {
  return probe(0, timeLeftMs, intervalMs);
}

/** The probe after the `failedProbes`-th failed one; the last falls on the deadline itself. */
export function nextProbe(
  failedProbes: number,
  timeLeftMs: number,
  intervalMs: number,
): ProbeAction {
  const grownMs = Math.round(FIRST_PAUSE_MS * PAUSE_GROWTH ** (failedProbes - 1));
  const pauseMs = Math.min(grownMs, intervalMs);
  return probe(Math.min(pauseMs, timeLeftMs), timeLeftMs, intervalMs);
}

function probe(afterMs: number, timeLeftMs: number, intervalMs: number): ProbeAction {
  const usualMs = Math.max(intervalMs, USUAL_PROBE_MS);
  const timeoutMs = Math.max(Math.min(usualMs, timeLeftMs - afterMs), SHORTEST_PROBE_MS);
  return { do: 'probe', afterMs, timeoutMs };
}
