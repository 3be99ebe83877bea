import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range that systems hand out by themselves, for `listen(0)` and outgoing connections. */
const FIRST = 10_240;
const LAST = 32_767;

/** Every process of a test run begins somewhere else. */
let next = FIRST + ((process.pid * 97) % (LAST - FIRST));

/**
 * A port of the loopback that nobody listens at, and that nobody will be given by chance while a spec
 * restarts what listened there.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = next < LAST ? next + 1 : FIRST;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
