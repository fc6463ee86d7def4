import { describe, expect, it } from 'vitest';
import { hideUserInformation } from '../../src/util/index.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('user information', () => {
  it.each([
    ['docker://me:secret@registry.example/app:v1', 'docker://…@registry.example/app:v1'],
    ['docker://secret@registry.example/app', 'docker://…@registry.example/app'],
    ['docker://me:se@cr/et@registry.example/app', 'docker://…@registry.example/app'],
    [`docker://me:secret@registry.example/app@${DIGEST}`, `docker://…@registry.example/app@${DIGEST}`],
    ['https://me:secret@registry.example', 'https://…@registry.example'],
    ['me:secret@registry.example/app', '…@registry.example/app'],
    ['me:secret@localhost:5000', '…@localhost:5000'],
    ['me:secret@localhost:5000/app', '…@localhost:5000/app'],
  ])('in %j is hidden', (text, shown) => {
    expect(hideUserInformation(text)).toBe(shown);
  });

  it.each([
    'docker://ghcr.io/a/b:1',
    `docker://ghcr.io/a/b:1@${DIGEST}`,
    `alpine:3@${DIGEST}`,
    'docker://alpine:3@sha256:abc',
    'docker://alpine@',
    'alpine@latest',
    '127.0.0.1:5000',
    '',
  ])('is not in %j', (text) => {
    expect(hideUserInformation(text)).toBe(text);
  });
});
