import { EventBus, type EventMap, type JobStatus } from '@gateway/events';
import { aPrompt } from '@gateway/testing';

import { ProgressBoard, type JobNews } from './progress.board';

const graph = aPrompt().sampled({ steps: 4 }).build();
const image = Buffer.from('a picture');

describe('ProgressBoard', () => {
  let bus: EventBus;
  let board: ProgressBoard;

  beforeEach(() => {
    bus = new EventBus();
    board = new ProgressBoard(bus);
  });

  function move(jobId: string, to: JobStatus, from: JobStatus = 'running'): void {
    bus.publish('job-transitioned', { jobId, from, to, at: 1 });
  }

  function begin(jobId: string): void {
    move(jobId, 'running', 'queued');
    bus.publish('job-attempt-began', { jobId, graph, outputNodes: ['2'] });
  }

  function tell(jobId: string, fact: EventMap['job-progressed']['fact']): void {
    bus.publish('job-progressed', { jobId, fact });
  }

  function preview(jobId: string, contentType = 'image/jpeg'): void {
    bus.publish('job-previewed', { jobId, nodeId: '13', contentType, image });
  }

  function watch(jobId: string): { readonly news: JobNews[]; readonly leave: () => void } {
    const news: JobNews[] = [];
    return { news, leave: board.watch(jobId, (one) => news.push(one)) };
  }

  it('knows how far each job is, whether it is watched or not', () => {
    begin('a');
    begin('b');
    tell('a', { type: 'executing', nodeId: '10' });
    tell('a', { type: 'executing', nodeId: '11' });
    expect(board.current('a')).toMatchObject({ nodes_done: 1, nodes_total: 6 });
    expect(board.current('b')).toMatchObject({ nodes_done: 0 });
    expect(board.current('nobody')).toBeUndefined();
  });

  it('tells the watchers of a job, and nobody else, what happens to it', () => {
    const a = watch('a');
    const b = watch('b');
    begin('a');
    tell('a', { type: 'executing', nodeId: '10' });
    bus.publish('job-output-kept', { jobId: 'a', assetId: 'asset-1' });
    expect(a.news).toMatchObject([
      { type: 'status', status: 'running', from: 'queued' },
      { type: 'progress', progress: { current_node: null } },
      { type: 'progress', progress: { current_node: '10' } },
      { type: 'output', assetId: 'asset-1' },
    ]);
    expect(b.news).toEqual([]);
  });

  it('works an event out once for all watchers of its job', () => {
    const first = watch('a');
    const second = watch('a');
    begin('a');
    expect(first.news).toHaveLength(2);
    expect(first.news[1]).toBe(second.news[1]);
  });

  it('says nothing of a fact that changes nothing', () => {
    begin('a');
    tell('a', { type: 'executing', nodeId: '10' });
    const { news } = watch('a');
    tell('a', { type: 'executing', nodeId: '10' });
    tell('a', { type: 'cached', nodes: [] });
    expect(news).toEqual([]);
  });

  it('begins again at nothing with a new attempt, and knows nothing between two', () => {
    begin('a');
    tell('a', { type: 'cached', nodes: ['1'] });
    expect(board.current('a')?.value).toBeGreaterThan(0.8);
    move('a', 'queued');
    expect(board.current('a')).toBeUndefined();
    begin('a');
    expect(board.current('a')?.value).toBe(0);
  });

  it('keeps the progress of a job that is being canceled', () => {
    begin('a');
    move('a', 'canceling');
    expect(board.current('a')).toBeDefined();
  });

  it('tells that a job is whole before it tells that it succeeded', () => {
    begin('a');
    const { news } = watch('a');
    move('a', 'succeeded');
    expect(news).toMatchObject([
      { type: 'progress', progress: { value: 1, nodes_done: 6 } },
      { type: 'status', status: 'succeeded' },
    ]);
  });

  it.each(['succeeded', 'failed', 'canceled', 'expired'] as const)(
    'holds nothing of a job that %s, whatever its engine says later',
    (status) => {
      const { leave } = watch('a');
      begin('a');
      preview('a');
      move('a', status);
      expect(board.preview('a')).toBeUndefined();
      leave();
      tell('a', { type: 'executing', nodeId: '10' });
      preview('a');
      expect(board.size).toEqual({ jobs: 0, watched: 0 });
    },
  );

  it('keeps the newest preview of a job in an engine, and tells its watchers', () => {
    begin('a');
    const { news } = watch('a');
    preview('a');
    preview('waiting');
    expect(board.preview('a')).toEqual({ nodeId: '13', contentType: 'image/jpeg', image });
    expect(board.preview('waiting')).toBeUndefined();
    expect(news).toEqual([{ type: 'preview', preview: board.preview('a') }]);
  });

  it('has a preview for who comes to watch after it', () => {
    begin('a');
    preview('a');
    const { news } = watch('a');
    expect(news).toEqual([]);
    expect(board.preview('a')).toMatchObject({ image });
  });

  it('takes no picture for a preview that is an output in full size', () => {
    begin('a');
    watch('a');
    preview('a', 'image/png');
    expect(board.preview('a')).toBeUndefined();
  });

  it('tells the other watchers when one of them throws', () => {
    board.watch('a', () => {
      throw new Error('broken watcher');
    });
    const { news } = watch('a');
    begin('a');
    expect(news).toHaveLength(2);
  });

  it('has one place on the bus, and leaves it', () => {
    for (let count = 0; count < 100; count += 1) watch(`job-${count}`);
    const names = [
      'job-attempt-began',
      'job-progressed',
      'job-previewed',
      'job-transitioned',
    ] as const;
    expect(names.map((name) => bus.listenerCount(name))).toEqual([1, 1, 1, 1]);
    board.stop();
    expect(names.map((name) => bus.listenerCount(name))).toEqual([0, 0, 0, 0]);
    expect(board.size).toEqual({ jobs: 0, watched: 0 });
  });
});
