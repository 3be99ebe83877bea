import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { JsonObject, JsonValue } from '@gateway/comfy-protocol';

/** One recording of a real ComfyUI 0.3.64. */
export interface GoldenTrace {
  readonly name: string;
  readonly request?: JsonObject;
  readonly status?: number;
  readonly response?: JsonObject;
  readonly history?: JsonObject;
  /** Events of each client, under `ws <client id>` or `ws bystander <client id>`. */
  readonly events: ReadonlyMap<string, readonly JsonObject[]>;
}

interface RecordingFile {
  readonly traces: readonly (JsonObject & { readonly name: string })[];
}

/** The recordings, in the order they were made: later ones rest on the cache of earlier ones. */
export const goldenTraces: readonly GoldenTrace[] = readTraces();

function readTraces(): readonly GoldenTrace[] {
  const path = join(__dirname, '../fixtures/comfyui-golden-traces.json');
  const { traces } = JSON.parse(readFileSync(path, 'utf8')) as RecordingFile;
  return traces.map((trace) => ({
    ...(trace as unknown as Omit<GoldenTrace, 'events'>),
    events: new Map(
      Object.entries(trace).flatMap(([key, value]) =>
        Array.isArray(value) ? [[clientIn(key), value as readonly JsonObject[]]] : [],
      ),
    ),
  }));
}

function clientIn(key: string): string {
  return /client-\w+/.exec(key)?.[0] ?? key;
}

/** The recording with some node ids exchanged: of identical twins, either may be the one that runs. */
export function renameNodes(
  trace: GoldenTrace,
  names: Readonly<Record<string, string>>,
): GoldenTrace {
  const rename = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return names[value] ?? value;
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [names[key] ?? key, rename(item)]),
    );
  };
  return {
    ...trace,
    ...(trace.history === undefined ? {} : { history: rename(trace.history) as JsonObject }),
    events: new Map(
      [...trace.events].map(([client, events]) => [
        client,
        rename(events) as readonly JsonObject[],
      ]),
    ),
  };
}
