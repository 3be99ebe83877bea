import { forgetRest } from '@gateway/kernel';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * Lets those have their answer whose body is refused before it has come. Fastify would close the
 * connection with the answer: what is still sent then resets it, and the answer is lost on its way.
 */
export function letEarlyAnswersArrive(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onSend', ({ raw: request }, reply, payload, done) => {
    if (!request.complete) {
      reply.removeHeader('connection');
      forgetRest(request);
    }
    done(null, payload);
  });
}
