import { open, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

import { isJsonObject, parseJson, type JsonValue } from '@gateway/comfy-protocol';
import type { FastifyRequest } from 'fastify';

import type { EmulatedServer } from '../../emulated-server';
import { listModels, modelFolders, type ModelFolder } from '../../files/model.folders';
import { queryOf, sendEmpty, sendJson } from '../http.answers';
import type { RouteTable } from '../route.table';

export function addModelRoutes(routes: RouteTable, { folders }: EmulatedServer): void {
  const find = (request: FastifyRequest): ModelFolder | undefined => {
    const { folder } = (request as FastifyRequest<{ Params: { folder: string } }>).params;
    return modelFolders(folders).find(({ key }) => key === folder);
  };

  routes.add('GET', '/embeddings', (_request, reply) => {
    const folder = modelFolders(folders).find(({ key }) => key === 'embeddings');
    const names = folder === undefined ? [] : listModels(folder);
    return sendJson(
      reply,
      names.map((name) => name.slice(0, name.length - extname(name).length)),
    );
  });

  routes.add('GET', '/models', (_request, reply) =>
    sendJson(
      reply,
      modelFolders(folders).map(({ key }) => key),
    ),
  );

  routes.add('GET', '/models/:folder', (request, reply) => {
    const folder = find(request);
    return folder === undefined ? sendEmpty(reply, 404) : sendJson(reply, listModels(folder));
  });

  routes.add('GET', '/view_metadata/:folder', async (request, reply) => {
    const folder = find(request);
    const filename = queryOf(request).get('filename') ?? '';
    const isListed = folder !== undefined && listModels(folder).includes(filename);
    if (!isListed || !filename.endsWith('.safetensors')) return sendEmpty(reply, 404);
    const metadata = await readMetadata(folder, filename);
    return metadata === undefined ? sendEmpty(reply, 404) : sendJson(reply, metadata);
  });

  routes.add('GET', '/experiment/models', (_request, reply) =>
    sendJson(
      reply,
      modelFolders(folders)
        .filter(({ key }) => key !== 'configs' && key !== 'custom_nodes')
        .map(({ key, paths }) => ({ name: key, folders: paths })),
    ),
  );

  routes.add('GET', '/experiment/models/:folder', async (request, reply) => {
    const folder = find(request);
    if (folder === undefined) return sendEmpty(reply, 404);
    const details = folder.paths.map((path, pathIndex) =>
      listModels({ ...folder, paths: [path] }).map(async (name) => {
        const { mtimeMs, ctimeMs, size } = await stat(join(path, name));
        return { name, pathIndex, modified: mtimeMs / 1000, created: ctimeMs / 1000, size };
      }),
    );
    return sendJson(reply, await Promise.all(details.flat()));
  });
}

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 10 * 1024 * 1024;

/** `__metadata__` of a safetensors header: a little-endian length, then JSON. */
async function readMetadata(folder: ModelFolder, filename: string): Promise<JsonValue | undefined> {
  for (const path of folder.paths) {
    const file = await open(join(path, filename)).catch(() => undefined);
    if (file === undefined) continue;
    try {
      const length = Buffer.alloc(LENGTH_BYTES);
      await file.read(length, 0, LENGTH_BYTES, 0);
      const headerBytes = Number(length.readBigUInt64LE());
      if (headerBytes > MAX_HEADER_BYTES) return undefined;
      const header = Buffer.alloc(headerBytes);
      await file.read(header, 0, headerBytes, LENGTH_BYTES);
      const parsed = parseJson(header.toString('utf8'));
      return isJsonObject(parsed) ? parsed['__metadata__'] : undefined;
    } catch {
      return undefined;
    } finally {
      await file.close();
    }
  }
  return undefined;
}
