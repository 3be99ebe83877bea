/** Settles as `work` does, or rejects with the signal's reason; whoever works may not hear the signal. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let giveUp: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal.reason as Error);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    if (giveUp) signal.removeEventListener('abort', giveUp);
  }
}
