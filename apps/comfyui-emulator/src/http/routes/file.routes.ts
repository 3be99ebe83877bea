import { stat } from 'node:fs/promises';

import type { FastifyReply } from 'fastify';

import type { EmulatedServer } from '../../emulated-server';
import {
  renderAlpha,
  renderPreview,
  renderWithoutAlpha,
  type RenderedImage,
} from '../../files/image.preview';
import { resolveView } from '../../files/view.target';
import { encodeName, sendFile } from '../file.answer';
import { queryOf, sendEmpty } from '../http.answers';
import type { RouteTable } from '../route.table';

export function addFileRoutes(routes: RouteTable, { folders, options }: EmulatedServer): void {
  routes.add('GET', '/view', async (request, reply) => {
    const query = queryOf(request);
    const target = resolveView(query, folders);
    if (target.outcome === 'refused') return sendEmpty(reply, target.status);
    const { path, filename } = target;
    const rendering = renderingFor(path, query);
    if (rendering === undefined) {
      return sendFile(request, reply, path, { filename, hardened: options.profile.hardenedView });
    }
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isFile() !== true) return sendEmpty(reply, 404);
    return sendImage(reply, await rendering(), filename);
  });
}

function renderingFor(
  path: string,
  query: URLSearchParams,
): (() => Promise<RenderedImage>) | undefined {
  const preview = query.get('preview');
  const channel = query.get('channel');
  if (preview !== null) return () => renderPreview(path, preview, channel ?? '');
  if (channel === 'rgb') return () => renderWithoutAlpha(path);
  if (channel === 'a') return () => renderAlpha(path);
  return undefined;
}

function sendImage(reply: FastifyReply, image: RenderedImage, filename: string): FastifyReply {
  return reply
    .headers({
      'content-type': image.type,
      'content-disposition': `filename="${encodeName(filename)}"`,
    })
    .send(image.bytes);
}
