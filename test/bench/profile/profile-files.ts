import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stacksOf, type CpuProfile } from './cpu-profile';
import { collapsed, summaryOf } from './profile-summary';

/** Writes `….txt` and `….collapsed` beside each profile that a process left, one for each of its threads. */
export async function writeProfileReports(
  folder: string,
  pid: number,
  work: { readonly sinceUs: number; readonly prompts: number | undefined },
): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  // CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile
  const written = names.filter(
    (name) => name.endsWith('.cpuprofile') && name.split('.')[3] === String(pid),
  );
  if (written.length === 0) throw new Error(`Process ${pid} left no profile in ${folder}`);
  for (const name of written) {
    const path = join(folder, name);
    const profile = JSON.parse(await readFile(path, 'utf8')) as CpuProfile;
    const stacks = stacksOf(profile, work.sinceUs);
    await writeFile(`${path}.txt`, summaryOf(stacks, work.prompts));
    await writeFile(`${path}.collapsed`, collapsed(stacks));
  }
}
