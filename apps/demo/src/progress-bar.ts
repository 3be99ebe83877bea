const WIDTH = 30;

/** A line that redraws itself; on a pipe it stays silent until it is done. */
export class ProgressBar {
  constructor(
    private readonly title: string,
    private readonly out: NodeJS.WriteStream,
  ) {}

  show(value: number, max: number): void {
    if (!this.out.isTTY) return;
    const filled = Math.round((value / max) * WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    this.out.write(`\r  ${this.title} ${bar} ${value}/${max}`);
  }

  done(sentence: string): void {
    this.out.write(`${this.out.isTTY ? '\r\x1b[2K' : ''}  ${this.title} ${sentence}\n`);
  }
}
