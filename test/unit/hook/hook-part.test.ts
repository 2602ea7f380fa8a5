// The receiver of web hooks follows the connection and its Secrets.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '@dot-kube/operator';
import { KubeApiError, systemClock } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import { generate } from 'selfsigned';
import { Agent, request } from 'undici';
import type { Webhook } from '../../../src/api/v1alpha1/types.js';
import { HookPart } from '../../../src/controllers/connection/hook-part.js';

let asked: Webhook | undefined;
let secrets: Map<string, Record<string, string>>;
let part: HookPart;
let findings: number;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  asked = undefined;
  findings = 0;
  secrets = new Map();
  const get = async <T>(_: unknown, { name }: { readonly name: string }): Promise<T> => {
    const found = secrets.get(name);
    if (found === undefined) throw new KubeApiError(404, 'NotFound', 'no such Secret');
    const data = Object.fromEntries(
      Object.entries(found).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    );
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a Secret, as the API server gives it
    return { data } as T;
  };
  part = new HookPart({
    asked: () => asked,
    namespace: 'kubexray-system',
    port: 0,
    client: { get },
    onHint: () => undefined,
    onFinding: () => findings++,
    clock: systemClock,
    log: silentLogger,
  });
  stop = new AbortController();
  running = part.run(stop.signal);
});

afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await running;
  expect(part.port).toBeUndefined();
});

async function becomes(finding: object): Promise<void> {
  part.changed();
  await eventually(() => {
    expect(part.finding).toMatchObject(finding);
  });
}

async function send(token: string, ca?: string): Promise<number> {
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca, checkServerIdentity: () => undefined } });
  const response = await request(`${ca === undefined ? 'http' : 'https'}://127.0.0.1:${part.port ?? 0}/`, {
    method: 'POST',
    headers: { 'x-auth-token': token },
    body: '{"issues":[]}',
    dispatcher,
  });
  await response.body.dump();
  await dispatcher.destroy();
  return response.statusCode;
}

test('nothing listens until the connection asks for it, and nothing once it no longer does', async () => {
  expect(part.port).toBeUndefined();
  secrets.set('hook', { token: 'one' });
  asked = { tokenSecretRef: { name: 'hook' } };
  await becomes({ kind: 'receiving', isSecure: false });
  expect(await send('one')).toBe(202);
  expect(await send('two')).toBe(401);
  asked = undefined;
  await becomes({ kind: 'none' });
  expect(part.port).toBeUndefined();
  expect(findings).toBe(2);
});

test('a Secret that is missing, empty or broken is said, and what was valid before stays in use', async () => {
  asked = { tokenSecretRef: { name: 'hook' } };
  await becomes({ kind: 'failed', reason: 'SecretNotFound' });
  secrets.set('hook', {});
  await becomes({ kind: 'failed', reason: 'TokenMissing' });
  secrets.set('hook', { token: 'one' });
  await becomes({ kind: 'receiving' });
  secrets.delete('hook');
  await becomes({ kind: 'failed', reason: 'SecretNotFound' });
  expect(await send('one')).toBe(202);
  secrets.set('hook', { token: 'two' });
  await becomes({ kind: 'receiving' });
  expect(await send('one')).toBe(401);
});

test('TLS is turned on, its certificate renewed, and a broken one leaves the old one in use', async () => {
  const pairs = await Promise.all(['a', 'b'].map(async (value) => generate([{ name: 'commonName', value }])));
  const [first, second] = pairs.map(({ private: key, cert }) => ({ 'tls.key': key, 'tls.crt': cert }));
  if (first === undefined || second === undefined) throw new Error('two certificates were made');
  secrets.set('hook', { token: 'one' });
  secrets.set('tls', first);
  asked = { tokenSecretRef: { name: 'hook' }, tlsSecretRef: { name: 'tls' } };
  await becomes({ kind: 'receiving', isSecure: true });
  expect(await send('one', first['tls.crt'])).toBe(202);
  secrets.set('tls', { ...second, 'tls.key': 'no key' });
  await becomes({ kind: 'failed', reason: 'CertificateInvalid' });
  expect(JSON.stringify(part.finding)).not.toContain('no key');
  expect(await send('one', first['tls.crt'])).toBe(202);
  secrets.set('tls', second);
  await becomes({ kind: 'receiving' });
  expect(await send('one', second['tls.crt'])).toBe(202);
});
