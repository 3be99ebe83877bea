import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Log } from '@gateway/kernel';
import { z } from 'zod';

import { systemErrorCode } from './adapters/system-error';

const identitySchema = z.object({
  pid: z.number().int().min(2),
  /** Tells this process from a later one of the same pid. */
  startTime: z.string().min(1),
});

const recordSchema = z.object({
  ...identitySchema.shape,
  command: z.string(),
  mark: z.string().min(1),
  /** Who launched it: while this one lives, the engine is no orphan. */
  gateway: z.object({ ...identitySchema.shape, pid: z.number().int().min(1) }),
});

/** What a killed gateway leaves behind for the next one to find its engine by. */
export type ProcessRecord = z.infer<typeof recordSchema>;

/**
 * The file that names the running engine. Its writes are atomic; trouble with it is told to the log
 * and stops nothing. Without a path it does nothing.
 */
export class ProcessRecordFile {
  constructor(
    private readonly path: string | undefined,
    private readonly log: Log,
  ) {}

  read(): ProcessRecord | undefined {
    if (this.path === undefined) return undefined;
    try {
      return recordSchema.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') {
        this.warn(error, 'ignored an unreadable record of a ComfyUI process');
      }
      return undefined;
    }
  }

  write(record: ProcessRecord): void {
    if (this.path === undefined) return;
    const draft = `${this.path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      writeFileSync(draft, JSON.stringify(record));
      renameSync(draft, this.path);
    } catch (error) {
      this.warn(error, 'could not record the ComfyUI process; if we are killed it is not found');
    }
  }

  /** Removes the record of the engine with this mark; another one is not ours to remove. */
  remove(mark: string): void {
    if (this.path === undefined || this.read()?.mark !== mark) return;
    try {
      rmSync(this.path, { force: true });
    } catch (error) {
      this.warn(error, 'could not remove the record of a ComfyUI process that ended');
    }
  }

  private warn(error: unknown, message: string): void {
    this.log.warn({ err: error, recordFile: this.path }, message);
  }
}
