import { randomBytes } from 'node:crypto';

import { loggableText } from './loggable-text';

describe('a text for the log', () => {
  it.each([
    'Node 5 (KSampler) failed: RuntimeError: CUDA out of memory. Tried to allocate 2.20 GiB',
    'prompt.3.inputs.image: /opt/ComfyUI/custom_nodes/comfyui-animatediff-evolved/animatediff/nodes/x.py is missing',
    'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'unexpected token: 77',
    'https://cdn.example.com:8443/cats/1.png answered 404',
  ])('is left as it is where there is nothing to hide: %s', (text) => {
    expect(loggableText(text)).toBe(text);
  });

  it.each(['base64', 'base64url'] as const)('holds no %s', (encoding) => {
    for (let round = 0; round < 100; round += 1) {
      const content = randomBytes(60).toString(encoding);
      expect(loggableText(`Invalid image file: ${content}`)).toBe('Invalid image file: …');
    }
  });

  it.each([
    ['data:image/png;base64,iVBORw0KGgo= is none', 'data:… is none'],
    ['https://me:pw@example.com/a?sig=abc#x failed', 'https://…example.com/a?… failed'],
    ['Authorization: Bearer abcdef0123456789', 'Authorization: … …'],
    ['{"api_key": "k-123", "seed": 4}', '{"api_key": "…", "seed": 4}'],
    ['HF_TOKEN=abc and token=def', 'HF_TOKEN=… and token=…'],
    ['hf_abcdefghijklmnopqrstuvwxyz', 'hf_…'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_…'],
  ])('holds nothing secret: %s', (text, shown) => {
    expect(loggableText(text)).toBe(shown);
  });

  it('is cut, and soon, however long it is and whatever it is made of', () => {
    for (const piece of ['x', 'ab ', 'a:', '://', 'A1', '-_', 'data:']) {
      const startedAt = performance.now();
      expect(loggableText(piece.repeat(1_000_000)).length).toBeLessThanOrEqual(501);
      expect(performance.now() - startedAt).toBeLessThan(500);
    }
  });
});
