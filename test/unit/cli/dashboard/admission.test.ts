import { describe, expect, test } from '@jest/globals';
import { refusalOf, SECURITY_HEADERS } from '../../../../src/cli/dashboard/admission.js';

const asked = (headers: object, differs: object = {}): Parameters<typeof refusalOf>[0] => ({
  method: 'GET',
  path: '/api/updates',
  headers: { host: '127.0.0.1:8080', authorization: 'Bearer good', ...headers },
  ...differs,
});

describe('answered', () => {
  test.each([
    ['the page itself', {}],
    ['by the name localhost', { host: 'localhost:8080' }],
    ['by IPv6', { host: '[::1]:8080' }],
    ['through a tunnel that ends at another port', { host: 'localhost:9999' }],
    ['in capitals', { host: 'LOCALHOST:8080' }],
    ['without a port', { host: 'localhost' }],
    ['from the page', { 'sec-fetch-site': 'same-origin' }],
    ['typed by the user', { 'sec-fetch-site': 'none' }],
  ])('%s', (_, headers) => {
    expect(refusalOf(asked(headers), 'good')).toBeUndefined();
  });

  test('what is the same for everybody needs no token', () => {
    expect(refusalOf(asked({ authorization: undefined }, { path: '/assets/page.js' }), 'good')).toBeUndefined();
  });
});

describe('refused', () => {
  test.each<[string, object, object, number]>([
    ['a site whose name leads here', { host: 'evil.example:8080' }, {}, 403],
    ['a name that only begins like ours', { host: '127.0.0.1.evil.example' }, {}, 403],
    ['a name that only ends like ours', { host: 'evil.localhost:8080' }, {}, 403],
    ['no name', { host: undefined }, {}, 403],
    ['the page under a foreign name', { host: 'evil.example' }, { path: '/' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, {}, 403],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }, {}, 403],
    ['no token', { authorization: undefined }, {}, 401],
    ['a wrong token', { authorization: 'Bearer bad' }, {}, 401],
    ['the beginning of the token', { authorization: 'Bearer goo' }, {}, 401],
    ['a write', {}, { method: 'POST' }, 405],
    ['the question that goes before a foreign request', {}, { method: 'OPTIONS' }, 405],
  ])('%s', (_, headers, differs, status) => {
    expect(refusalOf(asked(headers, differs), 'good')).toMatchObject({ status });
  });
});

test('no script, style, frame or connection from elsewhere, and no text that becomes a script', () => {
  const policy = SECURITY_HEADERS['content-security-policy'];
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"])
    expect(policy).toContain(rule);
  expect(policy).not.toMatch(/unsafe|http|\*/u);
});
