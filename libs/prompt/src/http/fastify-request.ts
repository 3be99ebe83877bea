import 'fastify';
import 'http';

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes of the body as received; set where bodies are parsed. */
    bodyBytes: number;
  }
}

declare module 'http' {
  interface IncomingMessage {
    /** The job this request made; the request's log line carries it. */
    jobId?: string;
  }
}
