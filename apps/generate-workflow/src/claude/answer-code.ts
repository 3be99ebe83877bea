/** The TypeScript of an answer: its longest fenced block, or all of it where nothing is fenced. */
export function codeOf(answer: string): string {
  const blocks = [...answer.matchAll(/^```[^\n]*\n([\s\S]*?)^```[ \t]*$/gm)].map(
    ([, block = '']) => block,
  );
  const [longest] = blocks.sort((a, b) => b.length - a.length);
  return `${(longest ?? answer.replace(/^```.*$/gm, '')).trim()}\n`;
}
