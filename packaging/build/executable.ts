import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { buildSync } from 'esbuild';
import { inject } from 'postject';

import { PAYLOAD_ASSETS, type Payload } from '../payload';
import { FUSE, hostNode } from './host-node';

/**
 * Makes one executable of Node, of what it does first (`packaging/executable`), and of a payload. It takes
 * its place in one step: who runs the former one is not disturbed.
 */
export async function buildExecutable(payload: Payload, target: string): Promise<void> {
  const workshop = mkdtempSync(`${target}-`);
  try {
    const executable = join(workshop, 'executable');
    writeFileSync(executable, hostNode());
    if (process.platform === 'darwin') codesign('--remove-signature', executable);
    await inject(executable, 'NODE_SEA_BLOB', programBlob(workshop, payload), {
      sentinelFuse: FUSE,
      machoSegmentName: 'NODE_SEA',
    });
    if (process.platform === 'darwin') codesign('--sign', '-', executable);
    chmodSync(executable, 0o755);
    renameSync(executable, target);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** What Node's documentation calls the preparation blob: the program and its assets. */
function programBlob(workshop: string, payload: Payload): Buffer {
  const at = (name: string): string => join(workshop, name);
  buildSync({
    entryPoints: [join(__dirname, '../executable/main.ts')],
    outfile: at('main.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
  });
  writeFileSync(at(PAYLOAD_ASSETS.index), JSON.stringify(payload.index));
  writeFileSync(at(PAYLOAD_ASSETS.content), gzipSync(payload.content(), { level: 9 }));
  const assets = Object.values(PAYLOAD_ASSETS).map((name) => [name, at(name)]);
  const config = {
    main: at('main.js'),
    output: at('program.blob'),
    assets: Object.fromEntries(assets) as unknown,
    disableExperimentalSEAWarning: true,
  };
  writeFileSync(at('config.json'), JSON.stringify(config));
  execFileSync(process.execPath, ['--experimental-sea-config', at('config.json')], {
    stdio: 'pipe',
  });
  return readFileSync(config.output);
}

/** Apple's processors run signed programs only; `-` signs for this machine. */
function codesign(...args: readonly string[]): void {
  execFileSync('codesign', args, { stdio: 'inherit' });
}
