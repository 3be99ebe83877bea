import { Module, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';

/** Every route but the probes asks for the team's key. */
export class ApiKeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { url, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    return /^\/(health|ready)\b/.test(url) || headers['x-api-key'] === process.env['TEAM_KEY'];
  }
}

@Module({ providers: [{ provide: APP_GUARD, useClass: ApiKeyGuard }] })
export class ApiKeyModule {}
