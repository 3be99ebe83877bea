import 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes of the body as received; set where bodies are parsed. */
    bodyBytes: number;
  }
}
