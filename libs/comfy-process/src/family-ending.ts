import type { Clock } from '@gateway/kernel';

import type { ProcessFamily } from './engine-spawner.port';

/** How long each request to end may take before the next, harsher one. Milliseconds. */
export interface EndingGraces {
  readonly interruptGraceMs: number;
  readonly terminateGraceMs: number;
}

/** SIGKILL is not refused, but a process inside a hung driver call dies only when that returns. */
const KILL_GRACE_MS = 10_000;

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 200;

/**
 * Ends every process of a family: SIGINT, which lets ComfyUI tidy its temp folder; SIGTERM, because
 * a shell's background child ignores SIGINT; SIGKILL. Resolves as soon as none is left.
 */
export async function endFamily(
  family: ProcessFamily,
  graces: EndingGraces,
  clock: Clock,
): Promise<'gone' | 'survived'> {
  const requests = [
    { signal: 'SIGINT', graceMs: graces.interruptGraceMs },
    { signal: 'SIGTERM', graceMs: graces.terminateGraceMs },
    { signal: 'SIGKILL', graceMs: KILL_GRACE_MS },
  ] as const;
  const letGo = keepProcessOpen();
  try {
    for (const { signal, graceMs } of requests) {
      if (!family.isAlive()) return 'gone';
      family.signal(signal);
      if (await isGoneWithin(graceMs, family, clock)) return 'gone';
    }
    return 'survived';
  } finally {
    letGo();
  }
}

/** Polls: the system tells a parent about its child, but nobody about a grandchild. */
async function isGoneWithin(
  graceMs: number,
  family: ProcessFamily,
  clock: Clock,
): Promise<boolean> {
  const until = clock.now() + graceMs;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS)) {
    if (!family.isAlive()) return true;
    const leftMs = until - clock.now();
    if (leftMs <= 0) return false;
    await pause(Math.min(pauseMs, leftMs), clock);
  }
}

function pause(delayMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve);
  });
}

/** The clock's timers let Node exit; it must not, between SIGINT and SIGKILL, or orphans remain. */
function keepProcessOpen(): () => void {
  const handle = setInterval(() => undefined, 60_000);
  return () => {
    clearInterval(handle);
  };
}
