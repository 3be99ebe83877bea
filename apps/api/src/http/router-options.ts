import { ApiV2Filter } from '@gateway/comfy-api-v2';
import { NotFoundException } from '@nestjs/common';
import type { FastifyError, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';

import { ProblemFilter } from './problem.filter';

/** How addresses are read; and what is answered to one that cannot be, of which Nest never hears. */
export function routerOptions(): Pick<FastifyServerOptions, 'routerOptions' | 'frameworkErrors'> {
  const filter = new ProblemFilter();
  return {
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      filter.answer(ApiV2Filter.isFor(request.url) ? namesNothing(error) : error, reply);
    },
  };
}

/** Ids of jobs have up to 128 characters, each of which may come as `%xx`. */
const MAX_PARAMETER_LENGTH = 1024;

/** The contract has no other word for an address. */
function namesNothing(cause: FastifyError): NotFoundException {
  return new NotFoundException(cause.message, { cause });
}
