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

  /** The workflow files it shows, with `// my-workflows/<path>` as their first line, by that path. */
  files(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.blocks('ts').flatMap((block) => {
        const [, path] = /^\/\/ my-workflows\/(\S+)\n/.exec(block) ?? [];
        return path === undefined ? [] : [[path, block] as const];
      }),
    );
  }
}
