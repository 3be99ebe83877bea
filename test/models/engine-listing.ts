import { execFileSync } from 'node:child_process';

import { readGraph } from './family-graph';
import type { FamilyGraph, ModelFiles } from './families';

/** What a ComfyUI has. */
export interface EngineListing {
  readonly models: ModelFiles;
  /** Names of its node classes. */
  readonly classes: readonly string[];
}

/**
 * Asks a ComfyUI what it has, and waits for the answer: Jest wants to know which tests it skips before
 * anything has run.
 */
export function listEngine(url: string): EngineListing {
  const answer = execFileSync(process.execPath, ['--eval', ASK, url], { encoding: 'utf8' });
  return JSON.parse(answer) as EngineListing;
}

/** The model files and node classes without which a graph cannot run there. */
export function missingFor(
  { name, needs }: FamilyGraph,
  listing: EngineListing,
): readonly string[] {
  const files = Object.entries(needs).flatMap(([type, names]) =>
    names
      .filter((file) => listing.models[type]?.includes(file) !== true)
      .map((file) => `${type}/${file}`),
  );
  const classes = Object.values(readGraph(name)).map(({ class_type }) => class_type);
  return [...files, ...new Set(classes.filter((name) => !listing.classes.includes(name)))];
}

const ASK = `
  const ask = async (path) => {
    const response = await fetch(new URL(path, process.argv[1]));
    return response.ok ? response.json() : [];
  };
  const list = async () => {
    const types = await ask('/models');
    const models = await Promise.all(types.map(async (type) => [type, await ask('/models/' + type)]));
    const classes = Object.keys(await ask('/object_info'));
    console.log(JSON.stringify({ models: Object.fromEntries(models), classes }));
  };
  list();
`;
