/** The last lines of an engine's output, oldest first. */
export class OutputTail {
  private readonly kept: string[] = [];

  constructor(private readonly limit = 200) {}

  add(line: string): void {
    this.kept.push(line);
    if (this.kept.length > this.limit) this.kept.shift();
  }

  lines(): readonly string[] {
    return [...this.kept];
  }
}
