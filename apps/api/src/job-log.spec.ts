import { EventBus, type JobTransitioned } from '@gateway/events';
import pino from 'pino';

import { logJobs } from './job-log';

/** What the log says about a job that ended so. */
function lineFor(failure?: JobTransitioned['failure']): Readonly<Record<string, unknown>> {
  const lines: string[] = [];
  const bus = new EventBus();
  logJobs(bus, pino({ base: null, timestamp: false }, { write: (line) => lines.push(line) }));
  const to = failure ? 'failed' : 'succeeded';
  bus.publish('job-transitioned', {
    jobId: 'a',
    from: 'running',
    to,
    at: 1,
    ...(failure && { failure }),
  });
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0]!) as Readonly<Record<string, unknown>>;
}

const [INFO, WARN, ERROR] = [30, 40, 50];

describe("a job's line in the log", () => {
  it('is short when it went well', () => {
    expect(lineFor()).toEqual({
      level: INFO,
      jobId: 'a',
      from: 'running',
      to: 'succeeded',
      msg: 'job',
    });
  });

  it('tells what a caller did wrong, and where', () => {
    expect(
      lineFor({
        code: 'input.wrong_type',
        message: 'It is no picture',
        details: { location: 'prompt.1.inputs.image' },
      }),
    ).toMatchObject({
      level: INFO,
      code: 'input.wrong_type',
      location: 'prompt.1.inputs.image',
      reason: 'It is no picture',
    });
  });

  it('names the node that raised, without what the exception quotes', () => {
    const line = lineFor({
      code: 'prompt.execution_failed',
      message: `Node 7 (LoadImage) failed: ValueError: ${'iVBORw0KGgo9'.repeat(50)}`,
      details: { node_id: '7', exception_message: 'a secret' },
    });
    expect(line).toMatchObject({
      level: ERROR,
      location: 'prompt.7',
      reason: 'Node 7 (LoadImage) failed: ValueError: …',
    });
    expect(JSON.stringify(line)).not.toContain('a secret');
  });

  it.each([
    ['prompt.refused', INFO],
    ['prompt.timed_out', WARN],
    ['prompt.shutting_down', WARN],
    ['prompt.engine_lost', ERROR],
    ['input.not_stored', ERROR],
    ['prompt.internal', ERROR],
  ])('is as loud as its reason is the fault of the operator: %s', (code, level) => {
    expect(lineFor({ code, message: 'x' })).toMatchObject({ level });
  });
});
