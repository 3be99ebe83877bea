import type { LongTexts } from '@gateway/comfy-protocol';
import 'fastify';
import 'http';

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes of the body as received; set where bodies are parsed. */
    bodyBytes: number;
    /** What the body has stand-ins for, on routes that take long texts so. */
    longTexts: LongTexts | undefined;
  }

  interface FastifyContextConfig {
    takesLongTexts?: boolean;
  }
}

declare module 'http' {
  interface IncomingMessage {
    /** The job this request made; the request's log line carries it. */
    jobId?: string;
  }
}
