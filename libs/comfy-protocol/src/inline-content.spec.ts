import { inputTextKind, looksLikeInlineContent } from './inline-content';

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

  it('decides on megabytes by their beginning', () => {
    expect(looksLikeInlineContent('A'.repeat(30e6))).toBe(true);
    expect(looksLikeInlineContent(`[${'A'.repeat(30e6)}`)).toBe(false);
    expect(looksLikeInlineContent('='.repeat(30e6))).toBe(false);
  });
});

describe('inputTextKind', () => {
  it.each([
    ['a.png', 'name'],
    ['https://example.com/a.png', 'url'],
    ['HTTP://example.com', 'url'],
    ['ftp://example.com/a.png', 'name'],
    ['data:,x', 'data-uri'],
    [`iVBORw0KGgo${body}`, 'base64'],
  ])('takes %p for a %s', (text, kind) => {
    expect(inputTextKind(text)).toBe(kind);
  });
});
