import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { maxUploadBytes } from '../../emulator.options';
import type { EmulatedServer } from '../../emulated-server';
import { mergeMaskInto } from '../../files/mask.merge';
import { placeUpload, type MakeContent, type Upload } from '../../files/upload.placement';
import { folderOfType } from '../../files/view.target';
import { sendEmpty, sendJson } from '../http.answers';
import { RouteTable } from '../route.table';

/** In a scope of their own, because only they understand multipart. */
export function addUploadRoutes(app: FastifyInstance, server: EmulatedServer): void {
  void app.register(async (scope) => {
    await scope.register(multipart, {
      preservePath: true,
      limits: {
        fileSize: maxUploadBytes(server.options),
        fieldSize: maxUploadBytes(server.options),
      },
    });
    const routes = new RouteTable(scope);
    routes.add('POST', '/upload/image', (request, reply) =>
      receive(server, request, reply, () => keepAsIs),
    );
    routes.add('POST', '/upload/mask', (request, reply) =>
      receive(server, request, reply, ({ originalRef }) => {
        if (originalRef === undefined) throw new TypeError('original_ref is missing');
        return mergeMaskInto(originalRef, server.folders);
      }),
    );
    routes.close();
  });
}

/** The parts of an upload that matter. */
interface Form {
  readonly file: { readonly filename: string; readonly bytes: Buffer } | undefined;
  readonly type: string;
  readonly subfolder: string;
  readonly overwrite: boolean;
  readonly originalRef: string | undefined;
}

async function receive(
  server: EmulatedServer,
  request: FastifyRequest,
  reply: FastifyReply,
  contentFor: (form: Form) => MakeContent,
): Promise<FastifyReply> {
  if (Number(request.headers['content-length'] ?? 0) > maxUploadBytes(server.options)) {
    throw Object.assign(new Error('too large'), { statusCode: 413 });
  }
  if (!request.isMultipart()) return sendEmpty(reply, 400);
  const form = await readForm(request);
  if (form.file === undefined) return sendEmpty(reply, 400);
  if (form.file.filename === '') throw new TypeError('the file has no name');
  const folder = folderOfType(form.type, server.folders);
  if (folder === undefined) throw new TypeError(`unknown folder type '${form.type}'`);
  const { overwrite, subfolder } = form;
  const upload: Upload = { ...form.file, folder, subfolder, overwrite };
  const placement = await placeUpload(upload, contentFor(form));
  if (placement.outcome === 'refused') return sendEmpty(reply, 400);
  return sendJson(reply, { name: placement.filename, subfolder, type: form.type });
}

async function readForm(request: FastifyRequest): Promise<Form> {
  const fields = new Map<string, string>();
  let file: Form['file'];
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      fields.set(part.fieldname, String(part.value));
    } else {
      const bytes = await part.toBuffer();
      if (part.fieldname === 'image') file ??= { filename: part.filename, bytes };
    }
  }
  const overwrite = fields.get('overwrite');
  return {
    file,
    type: fields.get('type') ?? 'input',
    subfolder: fields.get('subfolder') ?? '',
    overwrite: overwrite === 'true' || overwrite === '1',
    originalRef: fields.get('original_ref'),
  };
}

const keepAsIs: MakeContent = ({ bytes }) => Promise.resolve(bytes);
