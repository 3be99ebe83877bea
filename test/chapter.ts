import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A chapter of the documentation, for its code. */
export class Chapter {
  private readonly text: string;

  /** `path` is relative to the repository. */
  constructor(path: string) {
    this.text = readFileSync(join(__dirname, '..', path), 'utf8');
  }

  blocks(language: string): readonly string[] {
    const fenced = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms');
    return [...this.text.matchAll(fenced)].map(([, block]) => block ?? '');
  }

  /** The one block with that in it. */
  block(language: string, part: RegExp): string {
    const [found, ...more] = this.blocks(language).filter((block) => part.test(block));
    if (found === undefined || more.length > 0) {
      throw new Error(`${more.length === 0 ? 'No' : 'More than one'} block has ${part}`);
    }
    return found;
  }

  /** What is quoted as code in a column of its tables, counted from 0, whose heading is that. */
  listed(heading: string, column = 0): readonly string[] {
    const rows = this.tables().filter(([head]) => head?.[column] === heading);
    return rows.flatMap((table) =>
      table
        .slice(2)
        .flatMap((row) =>
          [...(row[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
        ),
    );
  }

  /** The workflow files it shows, with `// my-workflows/<path>` as their first line, by that path. */
  files(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.blocks('ts').flatMap((block) => {
        const [, path] = /^\/\/ my-workflows\/(\S+)\n/.exec(block) ?? [];
        return path === undefined ? [] : [[path, block] as const];
      }),
    );
  }

  private tables(): readonly (readonly (readonly string[])[])[] {
    const found = this.text.match(/(?:^\|.*\n)+/gm) ?? [];
    return found.map((table) =>
      table
        .trim()
        .split('\n')
        .map((row) =>
          row
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ),
    );
  }
}
