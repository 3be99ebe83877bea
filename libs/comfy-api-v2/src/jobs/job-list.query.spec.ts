import { ListJobsDto } from './job.dto';
import { cursorAt, jobQueryOf } from './job-list.query';

const read = (query: unknown) => jobQueryOf(ListJobsDto.schema.parse(query));

describe('the query of a list of jobs', () => {
  it('asks for everything when it says nothing', () => {
    expect(read({})).toEqual({ metadata: {} });
  });

  it('asks by status, time and notes', () => {
    expect(
      read({
        status: 'queued,failed',
        created_after: '1970-01-01T00:00:01Z',
        created_before: '1970-01-01T01:00:02+01:00',
        'metadata.order': '4711',
        'metadata.a.b': 'c',
      }),
    ).toEqual({
      statuses: ['queued', 'failed'],
      createdFrom: 1_001,
      createdBefore: 2_000,
      metadata: { order: '4711', 'a.b': 'c' },
    });
  });

  it('goes on where a cursor says', () => {
    expect(read({ cursor: cursorAt(42) })).toMatchObject({ after: 42 });
  });

  it('knows a cursor of its own from any other', () => {
    expect(() => read({ cursor: 'abc' })).toThrow('cursor: is not a cursor that was given out');
  });

  it.each([
    { status: 'done' },
    { limit: '201' },
    { limit: '0' },
    { created_after: 'yesterday' },
    { order: '1' },
    { 'metadata.order': ['1', '2'] },
  ])('refuses %j', (query) => {
    expect(ListJobsDto.schema.safeParse(query).success).toBe(false);
  });
});
