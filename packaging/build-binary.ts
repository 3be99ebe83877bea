/**
 * Makes `dist/comfyui-gateway` of what `npm run build` built: `npm run build:binary`. With
 * `--unless-current` only if something that it is made of is younger.
 */
import { linkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { version } from '../package.json';
import { isCurrent } from './build/current';
import { buildExecutable } from './build/executable';
import { pack } from './build/pack';
import { payloadFiles } from './build/payload-files';
import { thisPlatform } from './build/platform';

const ROOT = join(__dirname, '..');
const EXECUTABLE = join(ROOT, 'dist/comfyui-gateway');
/** The name that Dockerfiles for comfyui-api fetch. */
const SECOND_NAME = join(ROOT, 'dist/comfyui-api');

async function main([option]: readonly string[]): Promise<void> {
  if (option === '--unless-current' && isCurrent(ROOT, EXECUTABLE)) return;
  await buildExecutable(pack(version, payloadFiles(ROOT, thisPlatform())), EXECUTABLE);
  rmSync(SECOND_NAME, { force: true });
  linkSync(EXECUTABLE, SECOND_NAME);
  const megabytes = (statSync(EXECUTABLE).size / 1e6).toFixed(1);
  process.stdout.write(`dist/comfyui-gateway, also called dist/comfyui-api: ${megabytes} MB\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
