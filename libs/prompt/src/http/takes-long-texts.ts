import { RouteConfig } from '@nestjs/platform-fastify';

/**
 * Marks a route that hands `request.longTexts` on to the prompt service. Its bodies have stand-ins for
 * long texts; those of all other routes have the texts themselves.
 */
export const TakesLongTexts = (): MethodDecorator => RouteConfig({ takesLongTexts: true });
