import { EventLane, placeOf } from './event.lane';
import type { SystemEventName } from '@gateway/comfy-protocol';

/** `p` progress, `s` progress_state, `q` status (the queue), `x` executing, `e` executed. */
const NAMES = {
  p: 'progress',
  s: 'progress_state',
  q: 'status',
  x: 'executing',
  e: 'executed',
} as const satisfies Record<string, SystemEventName>;
type Letter = keyof typeof NAMES;

function after(letters: string): string {
  const lane = new EventLane<{ type: SystemEventName; mark: string }>();
  for (const [index, letter] of letters.split('').entries()) {
    lane.add({ type: NAMES[letter as Letter], mark: `${letter}${index}` });
  }
  const marks = [];
  for (let event = lane.next(); event; event = lane.next()) marks.push(event.mark);
  return marks.join(' ');
}

describe('EventLane', () => {
  it.each([
    { arrived: 'ppp', sent: 'p2', why: 'newer progress replaces older' },
    { arrived: 'sss', sent: 's2', why: 'so does the state of progress' },
    { arrived: 'qqq', sent: 'q2', why: 'and the status' },
    { arrived: 'psps', sent: 'p2 s3', why: 'each kind passes over the other' },
    { arrived: 'spp', sent: 's0 p2', why: 'each kind keeps its place' },
    { arrived: 'pxp', sent: 'p0 x1 p2', why: 'never over a lifecycle event' },
    { arrived: 'psxps', sent: 'p0 s1 x2 p3 s4', why: 'never over a lifecycle event' },
    { arrived: 'pxpp', sent: 'p0 x1 p3', why: 'but behind it' },
    { arrived: 'xxee', sent: 'x0 x1 e2 e3', why: 'lifecycle events all stay' },
    { arrived: 'pqp', sent: 'p0 q1 p2', why: 'a status is not passed over' },
    { arrived: 'qpq', sent: 'q2 p1', why: 'a status passes over progress' },
    { arrived: 'qxq', sent: 'q0 x1 q2', why: 'but not over the rest' },
    { arrived: '', sent: '', why: 'nothing comes of nothing' },
  ])('sends "$sent" of "$arrived": $why', ({ arrived, sent }) => {
    expect(after(arrived)).toBe(sent);
  });

  it('does not grow by progress', () => {
    const waiting = [{ type: 'progress_state' }, { type: 'progress' }] as const;
    expect(placeOf('progress', waiting)).toBe(1);
    expect(placeOf('progress_state', waiting)).toBe(0);
  });

  it('drops what waits, and counts it', () => {
    const lane = new EventLane();
    lane.add({ type: 'executing' });
    lane.add({ type: 'executed' });
    expect(lane.clear()).toBe(2);
    expect(lane.next()).toBeUndefined();
  });
});
