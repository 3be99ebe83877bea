import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const version = z.string().describe('Version of the gateway.').meta({ example: '0.1.0' });

export class HealthDto extends createZodDto(
  z.object({ version, status: z.enum(['healthy', 'not healthy']) }),
) {}

export class ReadyDto extends createZodDto(
  z.object({ version, status: z.enum(['ready', 'not ready']) }),
) {}
