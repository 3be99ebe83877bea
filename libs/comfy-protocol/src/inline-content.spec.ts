import { looksLikeInlineContent } from './inline-content';

const body = 'Ab0+/'.repeat(20);

describe('looksLikeInlineContent', () => {
  it.each([
    'data:image/png;base64,/9j/4AAQ',
    'DATA:,x',
    'https://example.com/a.png',
    `/9j/4AAQSkZJRgABAQ${body}//${body}==`,
    `\r\n/9j/4AAQ${body}`,
    `iVBORw0KGgo${body}\n${body}=\n`,
    `iVBORw0KGgo_-${body}`,
  ])('takes %p for content', (text) => {
    expect(looksLikeInlineContent(text)).toBe(true);
  });

  it.each([
    '',
    'a.png',
    '/9j/4AAQ',
    `/etc${'/'.repeat(60)}passwd`,
    `\n/etc${'/'.repeat(60)}passwd`,
    `//usr/share/${'a'.repeat(60)}`,
    `//tmp/${body}`,
    `/work/${body}`,
    `${body}/../../etc/passwd`,
    `${body} ${body}`,
    `${body}=/${body}`,
    `file:///etc/${body}`,
    ` data:image/png;base64,AAAA`,
  ])('takes %p for a name', (text) => {
    expect(looksLikeInlineContent(text)).toBe(false);
  });

  it('decides on megabytes at once', () => {
    expect(looksLikeInlineContent('A'.repeat(30e6))).toBe(true);
    expect(looksLikeInlineContent('\n'.repeat(5e6) + '[')).toBe(false);
    expect(looksLikeInlineContent('='.repeat(5e6) + '[')).toBe(false);
  });
});
