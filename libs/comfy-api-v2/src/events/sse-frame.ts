/** One event of a stream, ready to be written, to any number of clients. */
export function sseFrame(event: string, data: unknown): Buffer {
  // JSON has no line break outside a string and escapes those inside: one `data` line is enough.
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** A line that clients ignore, so that nobody between us and them takes the connection for dead. */
export const HEARTBEAT = Buffer.from(': still here\n\n');

/** How long a client waits before it connects again. */
export const RETRY_HINT = Buffer.from('retry: 3000\n\n');

export const SSE_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // nginx would hold events back until its buffer is full.
  'x-accel-buffering': 'no',
} as const;
