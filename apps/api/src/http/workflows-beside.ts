import { watch, type FSWatcher } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Log } from '@gateway/kernel';
import { ExternalContextCreator } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

interface Generation {
  readonly app: NestFastifyApplication;
  underWay: number;
  isReplaced: boolean;
}

export interface WorkflowsBesideParts {
  readonly dir: string;
  /** Makes an application that serves the workflow files as they are now; it must not listen. */
  readonly build: () => Promise<NestFastifyApplication>;
  /** Whether to build anew when a file changes. */
  readonly watches: boolean;
  readonly log: Log;
}

/**
 * Workflows in an application of their own, to which requests are handed on: those of extensions are
 * known only when the gateway's own application is there, and watched files change after that, when
 * Fastify takes no routes any more. Then the next application is built beside the first, and they
 * change places. Requests under way end where they began.
 */
export class WorkflowsBeside {
  private current: Generation | undefined;
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private building: Promise<void> | undefined;
  private isStale = false;
  private isStopped = false;

  constructor(private readonly parts: WorkflowsBesideParts) {}

  /** The application that serves now. */
  get app(): NestFastifyApplication {
    if (!this.current) throw new Error('No workflows were loaded yet');
    return this.current.app;
  }

  /** Loads the files, then hands requests for workflows on. Call before `outer` listens. */
  async start(outer: NestFastifyApplication): Promise<void> {
    await this.replace();
    this.handOn(outer);
    const { dir, log, watches } = this.parts;
    if (!watches) return;
    try {
      this.watcher = watch(dir, { recursive: true }, () => this.noteChange());
      this.watcher.on('error', (error) => log.warn({ err: error, dir }, 'workflows not watched'));
    } catch (error) {
      log.warn({ err: error, dir }, 'workflows are not watched');
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.watcher?.close();
    clearTimeout(this.timer);
    await this.building;
    await this.current?.app.close();
  }

  /** Guards and interceptors of the whole gateway are asked first, as at its own routes. */
  private handOn(outer: NestFastifyApplication): void {
    const gate = new WorkflowsGate((request, response) => this.serve(request, response));
    const enter = outer
      .get(ExternalContextCreator)
      .create(gate, gate.pass.bind(gate) as (...args: unknown[]) => unknown, 'pass') as Handler;
    void outer
      .getHttpAdapter()
      .getInstance()
      .register((scope, _options, done) => {
        // The body is read by whom it is meant for.
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
        for (const url of ['/workflows', '/workflows/*', '/workflow/*']) {
          scope.all(url, async (request, reply) => {
            await enter(request, reply);
          });
        }
        done();
      });
  }

  /** Resolves when the answer is sent, or nobody is there to take it. */
  private serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const generation = this.current;
    if (!generation) return Promise.resolve();
    generation.underWay += 1;
    // Other answers have as many listeners as Node allows; it would take this one for a leak.
    response.setMaxListeners(response.getMaxListeners() + 1);
    return new Promise((resolve) => {
      response.once('close', () => {
        generation.underWay -= 1;
        this.closeIfDone(generation);
        resolve();
      });
      generation.app.getHttpAdapter().getInstance().routing(request, response);
    });
  }

  /** Editors write a file in several steps. */
  private noteChange(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rebuild(), SETTLED_AFTER_MS);
  }

  /** One at a time; what changes meanwhile is loaded next. */
  private rebuild(): void {
    this.isStale = true;
    this.building ??= this.untilFresh().finally(() => {
      this.building = undefined;
    });
  }

  private async untilFresh(): Promise<void> {
    while (this.isStale && !this.isStopped) {
      this.isStale = false;
      try {
        await this.replace();
      } catch (error) {
        this.parts.log.error(
          { err: error },
          'workflows could not be loaded; the old ones serve on',
        );
      }
    }
  }

  private async replace(): Promise<void> {
    const app = await this.parts.build();
    const before = this.current;
    this.current = { app, underWay: 0, isReplaced: false };
    if (!before) return;
    this.parts.log.info({ dir: this.parts.dir }, 'workflows were loaded anew');
    before.isReplaced = true;
    this.closeIfDone(before);
  }

  private closeIfDone({ app, underWay, isReplaced }: Generation): void {
    if (!isReplaced || underWay > 0) return;
    app.close().catch((error: unknown) => {
      this.parts.log.warn({ err: error }, 'replaced workflows could not be closed');
    });
  }
}

const SETTLED_AFTER_MS = 150;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** The handler that Nest's guards and interceptors see. */
class WorkflowsGate {
  constructor(
    private readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  ) {}

  pass(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    return this.serve(request.raw, reply.raw);
  }
}
