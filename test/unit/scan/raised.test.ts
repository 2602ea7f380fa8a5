import { describe, expect, test } from '@jest/globals';
import type { ArtifactPlace } from '../../../src/scan/artifact-path.js';
import type { Raised } from '../../../src/scan/finding.js';
import { raisedIn } from '../../../src/scan/raised.js';
import type { ViolationsQuery } from '../../../src/scan/xray/xray-client.js';
import type { RaisedViolation } from '../../../src/scan/xray/violation.js';
import { XrayError } from '../../../src/scan/xray/xray-error.js';
import { aDigest, aRaisedViolation } from '../../builders/builders.js';

const never = new AbortController().signal;
const cart = { digest: aDigest('a'), paths: ['default/docker-local/shop/cart/1'] };
const web = { digest: aDigest('b'), paths: ['default/docker-local/shop/web/1', 'default/mirror/web/1'] };

type Answer = (of: readonly ArtifactPlace[], page: number) => readonly RaisedViolation[];

async function ask(
  images: Parameters<typeof raisedIn>[0],
  answer: Answer,
): Promise<{ readonly raised: ReadonlyMap<unknown, Raised>; readonly asked: readonly number[] }> {
  const asked: number[] = [];
  const violations = async (query: ViolationsQuery): Promise<readonly RaisedViolation[]> => {
    const of = 'of' in query ? query.of : [];
    asked.push(of.length);
    return answer(of, query.page);
  };
  return { raised: await raisedIn(images, { violations }, never), asked };
}

function at(path: string, id: string, differs: Partial<RaisedViolation> = {}): RaisedViolation {
  return aRaisedViolation({ key: id, paths: [path], finding: { kind: 'vulnerability', id }, ...differs });
}

describe('what Xray raised of a batch of images', () => {
  test('is one question for all places in which they may lie', async () => {
    const { raised, asked } = await ask([cart, web], () => [
      at('default/docker-local/shop/cart/1/manifest.json', 'XRAY-1'),
      at('default/mirror/web/1/list.manifest.json', 'XRAY-2'),
      at('default/mirror/web/1/manifest.json', 'GPL-3.0', { finding: { kind: 'license', id: 'GPL-3.0' } }),
    ]);
    expect(asked).toEqual([6]);
    expect(raised.get(cart.digest)).toEqual({ known: true, vulnerabilities: ['XRAY-1'], licenses: [] });
    expect(raised.get(web.digest)).toMatchObject({ vulnerabilities: ['XRAY-2'], licenses: [{ name: 'GPL-3.0' }] });
  });

  test.each<[string, RaisedViolation]>([
    ['ignored', at('default/docker-local/shop/cart/1/manifest.json', 'XRAY-1', { isIgnored: true })],
    ['of another kind', at('default/docker-local/shop/cart/1/manifest.json', '', { finding: { kind: 'other' } })],
    ['of an image that was not asked about', at('default/docker-local/shop/cart/2/manifest.json', 'XRAY-1')],
  ])('does not hold what is %s', async (_, violation) => {
    const { raised } = await ask([cart], () => [violation]);
    expect(raised.get(cart.digest)).toEqual({ known: true, vulnerabilities: [], licenses: [] });
  });

  test('is read to the last page', async () => {
    const page = (number: number): readonly RaisedViolation[] =>
      Array.from({ length: number < 3 ? 100 : 1 }, (_, one) => at(`${cart.paths[0]}/`, `XRAY-${number}-${one}`));
    const { raised } = await ask([cart], (_, number) => page(number));
    expect(raised.get(cart.digest)).toMatchObject({ vulnerabilities: { length: 201 } });
  });
});

describe('what Xray raised is known to be unknown', () => {
  test('of an image of which Xray does not say where it lies; it is not asked', async () => {
    const { raised, asked } = await ask([{ ...cart, paths: [] }], () => []);
    expect(raised.get(cart.digest)).toMatchObject({ known: false, why: expect.stringContaining('where') });
    expect(asked).toEqual([]);
  });

  test.each(['Forbidden', 'NotXray', 'Refused', 'UnexpectedAnswer', 'TooLarge'] as const)(
    'where Xray will not tell: %s',
    async (code) => {
      const refuse: Answer = () => {
        throw new XrayError(code, 'not for you');
      };
      expect((await ask([cart], refuse)).raised.get(cart.digest)).toEqual({ known: false, why: 'not for you' });
    },
  );

  test('of an image with endlessly many', async () => {
    const endless: Answer = () => Array.from({ length: 100 }, (_, one) => at(`${cart.paths[0]}/`, `XRAY-${one}`));
    expect((await ask([cart], endless)).raised.get(cart.digest)).toMatchObject({ known: false });
  });
});

test('a batch that is too much is asked in halves, and only one half may stay unknown', async () => {
  const answer: Answer = (of) => {
    if (of.some(({ path }) => path.includes('cart'))) throw new XrayError('TooLarge', 'too much');
    return [];
  };
  const { raised, asked } = await ask([cart, web], answer);
  expect(asked).toEqual([6, 2, 4]);
  expect(raised.get(cart.digest)).toMatchObject({ known: false });
  expect(raised.get(web.digest)).toMatchObject({ known: true });
});

test.each(['Unreachable', 'TimedOut', 'ServerError', 'RateLimited', 'CredentialsRefused'] as const)(
  'an Xray in trouble (%s) is an error: asking again will help',
  async (code) => {
    const fail: Answer = () => {
      throw new XrayError(code, 'down');
    };
    await expect(ask([cart], fail)).rejects.toMatchObject({ code });
  },
);
