import { expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { Credentials, type KubeConfigLike } from '../../../src/client/credentials.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

interface Told {
  readonly token: string;
  readonly cert?: string;
  readonly key?: string;
}

/** A kubeconfig that says what it is told, or fails with it. */
function saying(tell: () => Told | Error): KubeConfigLike {
  return {
    getCurrentCluster: () => ({ server: 'https://api.test/' }),
    applyToHTTPSOptions: async (options) => {
      const told = tell();
      if (told instanceof Error) throw told;
      const { token, ...tls } = told;
      Object.assign(options, tls, { headers: { Authorization: `Bearer ${token}` } });
    },
  };
}

async function pair(): Promise<{ readonly cert: string; readonly key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'me' }], { keyType: 'ec' });
  return { cert, key };
}

const bearer = (token: string): object => ({ headers: { authorization: `Bearer ${token}` } });

test('where many were refused at once, one of them asks for all', async () => {
  let asked = 0;
  const credentials = new Credentials(() => saying(() => ({ token: String(++asked) })), new FakeClock());
  const refused = await credentials.current();
  const renewed = await Promise.all(Array.from({ length: 5 }, async () => credentials.renew(refused)));
  expect(renewed).toMatchObject(Array.from({ length: 5 }, () => bearer('2')));
  expect(asked).toBe(2);
});

test('what was read anew meanwhile, and is the same, is refused as well', async () => {
  const clock = new FakeClock();
  let token = 'first';
  const credentials = new Credentials(
    saying(() => ({ token })),
    clock,
  );
  const refused = await credentials.current();
  clock.advance(60_000);
  expect(await credentials.current()).toMatchObject(bearer('first'));
  token = 'second';
  expect(await credentials.renew(refused)).toMatchObject(bearer('second'));
});

test('what is known stays in use while it cannot be read anew, and is read as soon as it can', async () => {
  const clock = new FakeClock();
  let told: Told | Error = { token: 'first' };
  const credentials = new Credentials(
    saying(() => told),
    clock,
  );
  const first = await credentials.current();
  told = new Error('no such file: it is just being replaced');
  clock.advance(60_000);
  expect(await credentials.current()).toBe(first);
  told = { token: 'second' };
  clock.advance(1_000);
  expect(await credentials.current()).toMatchObject(bearer('second'));
});

test('a certificate that does not go with its key is not taken: one of the two files has yet to be replaced', async () => {
  const clock = new FakeClock();
  const [former, next] = await Promise.all([pair(), pair()]);
  let told: Told = { token: 'first', ...former };
  const credentials = new Credentials(
    saying(() => told),
    clock,
  );
  const first = await credentials.current();
  told = { token: 'second', key: former.key, cert: next.cert };
  clock.advance(60_000);
  expect(await credentials.current()).toBe(first);
});

test('what was refused does not stay in use: why there is nothing better is told', async () => {
  let told: Told | Error = { token: 'first' };
  const credentials = new Credentials(
    saying(() => told),
    new FakeClock(),
  );
  const refused = await credentials.current();
  told = new Error('the plugin is not there');
  await expect(credentials.renew(refused)).rejects.toThrow('the plugin is not there');
});
