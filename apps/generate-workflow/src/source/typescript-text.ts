/** A string literal as Prettier leaves it: in single quotes unless that costs more backslashes. */
export function stringLiteral(text: string): string {
  const body = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\(.)/g, (escape, sign: string) => (sign === '"' ? '"' : escape))
    .replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, unicodeEscape);
  const quote = countOf(text, "'") > countOf(text, '"') ? '"' : "'";
  return quote + body.replaceAll(quote, `\\${quote}`) + quote;
}

/** A key of an object literal. */
export function propertyKey(name: string): string {
  // As a plain key it would set the prototype.
  if (name === '__proto__') return "['__proto__']";
  return isIdentifier(name) ? name : stringLiteral(name);
}

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name);
}

/** Text that cannot end the comment it stands in. */
export function commentText(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('*/', '* /');
}

function unicodeEscape(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function countOf(text: string, sign: string): number {
  return text.split(sign).length - 1;
}
