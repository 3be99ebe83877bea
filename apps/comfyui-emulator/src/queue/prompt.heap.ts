import type { QueueItem } from '@gateway/comfy-protocol';

/**
 * Python's `heapq` over queue items, ordered by `(number, prompt id)`.
 *
 * The array order is part of the protocol: `GET /queue` lists pending items as they lie in the
 * heap, so siftings are done exactly as Python does them.
 */
export class PromptHeap {
  private items: QueueItem[] = [];

  get size(): number {
    return this.items.length;
  }

  /** Items as they lie in the heap. */
  list(): readonly QueueItem[] {
    return this.items;
  }

  push(item: QueueItem): void {
    this.items.push(item);
    this.siftDown(0, this.items.length - 1);
  }

  pop(): QueueItem | undefined {
    const last = this.items.pop();
    const first = this.items[0];
    if (last === undefined || first === undefined) return last;
    this.items[0] = last;
    this.siftUp(0);
    return first;
  }

  /** Takes out the first item, in heap order, with this id. */
  remove(promptId: string): QueueItem | undefined {
    const index = this.items.findIndex(([, id]) => id === promptId);
    const [removed] = index < 0 ? [] : this.items.splice(index, 1);
    if (removed !== undefined) this.heapify();
    return removed;
  }

  clear(): void {
    this.items = [];
  }

  private heapify(): void {
    for (let index = Math.floor(this.items.length / 2) - 1; index >= 0; index -= 1) {
      this.siftUp(index);
    }
  }

  /** `heapq._siftdown`: moves the item at `position` towards the root until its parent is smaller. */
  private siftDown(start: number, position: number): void {
    const item = this.at(position);
    let hole = position;
    while (hole > start) {
      const parent = (hole - 1) >> 1;
      if (!isBefore(item, this.at(parent))) break;
      this.items[hole] = this.at(parent);
      hole = parent;
    }
    this.items[hole] = item;
  }

  /** `heapq._siftup`: bubbles the smaller child up all the way, then sifts the item down there. */
  private siftUp(position: number): void {
    const end = this.items.length;
    const item = this.at(position);
    let hole = position;
    let child = 2 * hole + 1;
    while (child < end) {
      const right = child + 1;
      if (right < end && !isBefore(this.at(child), this.at(right))) child = right;
      this.items[hole] = this.at(child);
      hole = child;
      child = 2 * hole + 1;
    }
    this.items[hole] = item;
    this.siftDown(position, hole);
  }

  private at(index: number): QueueItem {
    const item = this.items[index];
    if (item === undefined) throw new RangeError(`No heap item at ${index}`);
    return item;
  }
}

function isBefore(one: QueueItem, other: QueueItem): boolean {
  return one[0] === other[0] ? one[1] < other[1] : one[0] < other[0];
}
