import pino, { type DestinationStream } from 'pino';

/**
 * Lines into a file descriptor. Those that come close together are written together: a system call
 * for each is what logging costs most. The end of the process writes what is left.
 */
export function batchedLines(fd: number): DestinationStream {
  const out = pino.destination({ fd, sync: false, minLength: WRITTEN_AT_ONCE_BYTES });
  let unwrittenBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const flushSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      out.flush();
    }, WRITTEN_AFTER_MS).unref();
  };
  out.on('write', (bytes: number) => {
    unwrittenBytes -= bytes;
  });
  // A flush in the middle of a write is passed over, and what came meanwhile would lie there.
  out.on('drain', () => {
    if (unwrittenBytes > 0) flushSoon();
  });
  return {
    write(line) {
      unwrittenBytes += Buffer.byteLength(line);
      out.write(line);
      flushSoon();
    },
  };
}

const WRITTEN_AT_ONCE_BYTES = 8 * 1024;
const WRITTEN_AFTER_MS = 5;
