import { statsOf } from './prompt-stats';
import { aTiming } from './testing/fake-engine-client';

describe('statsOf', () => {
  const moments = {
    acceptedAt: 100,
    preparedFrom: 110,
    preparedAt: 114,
    submittedAt: 150,
    engineEndedAt: 400,
    finishedAt: 430,
  };

  it('says where the time of a job went, in milliseconds', () => {
    expect(statsOf(moments, aTiming, 500)).toEqual({
      comfy_execution: { start: 10, end: 30, duration: 20, nodes: { '1': { start: 12 } } },
      preprocess_time: 4,
      queue_time: 46,
      comfy_round_trip_time: 250,
      postprocess_time: 30,
      total_time: 400,
    });
  });

  it('accounts for the whole time until the outputs were ready', () => {
    const stats = statsOf(moments, aTiming, moments.finishedAt);
    expect(
      stats.preprocess_time +
        stats.queue_time +
        stats.comfy_round_trip_time +
        stats.postprocess_time,
    ).toBe(stats.total_time);
  });

  it('rounds every time to microseconds', () => {
    const uneven = {
      acceptedAt: 0.1,
      preparedFrom: 0.2,
      preparedAt: 0.5000001,
      submittedAt: 1.3,
      engineEndedAt: 2.7000009,
      finishedAt: 3.1,
    };
    const stats = statsOf(uneven, aTiming, 3.4);
    expect(stats).toMatchObject({
      preprocess_time: 0.3,
      queue_time: 0.9,
      comfy_round_trip_time: 1.4,
      postprocess_time: 0.4,
      total_time: 3.3,
    });
  });

  it('counts a step that did not happen as nothing', () => {
    expect(statsOf({ acceptedAt: 0, submittedAt: 5 }, aTiming, 9)).toMatchObject({
      preprocess_time: 0,
      queue_time: 5,
      comfy_round_trip_time: 0,
      postprocess_time: 0,
      total_time: 9,
    });
  });
});
