import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getAsset, getRawAsset } from 'node:sea';
import { gunzipSync } from 'node:zlib';

import { PAYLOAD_ASSETS, PAYLOAD_ENTRY, type Payload, type PayloadIndex } from '../payload';
import { cacheFolder } from './cache-folder';
import { CacheFolderError } from './cache-folder.error';
import { HELP, parseCommandLine } from './command-line';
import { unpackedFolder } from './unpacked-folder';

/** What an executable does first; the gateway then runs in this very process. */
function main(): void {
  const command = parseCommandLine(process.argv.slice(2));
  switch (command.name) {
    case 'serve':
      serve();
      return;
    case 'unpack':
      say(folderOfFiles());
      return;
    case 'version':
      say(sealedPayload().index.version);
      return;
    case 'help':
      process.stdout.write(HELP);
      return;
    case 'refused':
      process.stderr.write(`${command.sentence}\n`);
      process.exitCode = 2;
  }
}

/**
 * Signals that come while files are unpacked wait for the gateway: it is loaded in the same turn of the
 * event loop, and listens before that ends. Without a listener the first process of a container would
 * never hear of them.
 */
function serve(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  const entry = join(folderOfFiles(), PAYLOAD_ENTRY);
  process.argv = [process.execPath, entry];
  createRequire(entry)(entry);
}

function folderOfFiles(): string {
  return unpackedFolder(cacheFolder(process.env, homedir), sealedPayload());
}

function sealedPayload(): Payload {
  return {
    index: JSON.parse(getAsset(PAYLOAD_ASSETS.index, 'utf8')) as PayloadIndex,
    content: () => gunzipSync(new Uint8Array(getRawAsset(PAYLOAD_ASSETS.content) as ArrayBuffer)),
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof CacheFolderError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
