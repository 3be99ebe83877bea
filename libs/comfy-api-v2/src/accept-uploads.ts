import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { errorCodes } from 'fastify';

import { ApiV2Filter } from './api-v2.filter';

/**
 * Lets forms in, unread, below `/api/v2` only. (@fastify/multipart would do, but it listens for the end
 * of every answer of every route.)
 */
export function acceptUploads(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addContentTypeParser('multipart/form-data', (request, _payload, done) => {
      if (ApiV2Filter.isFor(request.url)) done(null);
      else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE());
    });
}
