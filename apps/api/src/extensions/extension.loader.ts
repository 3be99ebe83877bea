import { createRequire } from 'node:module';

import { DomainError } from '@gateway/kernel';
import { defineWorkflow, type HostModules } from '@gateway/workflow-files';
import { loadModule } from '@gateway/workflow-registry';
import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import { z } from 'zod';

import * as extending from './extending';

/** A Nest module that joins the application. */
export type ExtensionModule = NonNullable<ModuleMetadata['imports']>[number];

/** A file of `EXTENSION_MODULES` is no extension. */
class ExtensionFileError extends DomainError {
  readonly code = 'extension.file';

  constructor(file: string, reason: string, options?: { readonly cause: unknown }) {
    super(`EXTENSION_MODULES: ${file} cannot be used: ${reason}`, options);
  }
}

/**
 * The Nest modules that files export: as their default, by name, or both.
 *
 * @throws ExtensionFileError (`extension.file`), ModuleFileError (`module.not_loaded`).
 */
export async function loadExtensions(
  files: readonly string[],
): Promise<readonly ExtensionModule[]> {
  const found = new Set<ExtensionModule>();
  for (const file of files) {
    const modules = modulesIn(await loadModule(file, HOST));
    if (modules.length === 0) {
      throw new ExtensionFileError(file, 'it exports no Nest module (a class with @Module())');
    }
    for (const module of modules) found.add(module);
  }
  return [...found];
}

/** Two copies of these would not know each other's classes; all else is the file's own. */
const SHARED =
  /^(@nestjs\/(common|core|swagger|terminus|config|platform-fastify)|nestjs-zod|reflect-metadata|rxjs|sharp|zod)(\/.*)?$/;

const hostRequire = createRequire(__filename);

const HOST: HostModules = {
  find: (specifier) => {
    if (specifier === 'comfyui-gateway/app') return extending;
    if (specifier === 'comfyui-gateway') return { defineWorkflow, z };
    return SHARED.test(specifier)
      ? (hostRequire(specifier) as Readonly<Record<string, unknown>>)
      : undefined;
  },
};

function modulesIn(exported: unknown): readonly ExtensionModule[] {
  if (typeof exported !== 'object' && typeof exported !== 'function') return [];
  if (exported === null) return [];
  const members: readonly unknown[] = Object.values(exported);
  const candidates = [exported, ...members];
  return candidates.flat().filter(isModule);
}

function isModule(value: unknown): value is ExtensionModule {
  if (typeof value === 'function') return isModuleClass(value);
  const dynamic = (value as Partial<DynamicModule> | null | undefined)?.module;
  return typeof value === 'object' && typeof dynamic === 'function';
}

/** `@Module({})` leaves no trace; a module with nothing in it can still configure middleware. */
function isModuleClass(value: object): boolean {
  const keys = ['imports', 'providers', 'controllers', 'exports'];
  const { prototype } = value as { readonly prototype?: object };
  return (
    keys.some((key) => Reflect.hasMetadata(key, value)) ||
    typeof (prototype as { configure?: unknown } | undefined)?.configure === 'function'
  );
}
