import multipart from '@fastify/multipart';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { errorCodes } from 'fastify';

import { ApiV2Filter } from './api-v2.filter';

/** Lets forms in, below `/api/v2` only. Call before the application listens. */
export async function acceptUploads(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(multipart);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type'] ?? '';
    const isForm = /^multipart\/form-data/i.test(type);
    if (isForm && !ApiV2Filter.isFor(request.url)) {
      done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE());
      return;
    }
    done();
  });
}
