import { expect, test } from '@jest/globals';
import type { ObservedPod, TemplateContainer } from '../../../src/observe/observed.js';
import { type RevisionEvidence, revisionImages } from '../../../src/workload/revision-images.js';
import { aDigest, aPod } from '../../builders/builders.js';

const web: TemplateContainer = { name: 'web', kind: 'Container', image: 'shop/web:1' };
const [A, B] = [aDigest('a'), aDigest('b')];

function aPodWith(...images: readonly [name: string, image: string, imageId: string][]): ObservedPod {
  return aPod({ containers: images.map(([name, image, imageId]) => ({ name, kind: 'Container', image, imageId })) });
}

/** `reference → digests`; undefined where not all are known. */
function known(differs: Partial<RevisionEvidence>): Record<string, readonly string[]> | undefined {
  const images = revisionImages({ containers: [web], pods: [], remembered: new Map(), images: [], ...differs });
  if (images === undefined) return undefined;
  const groups = Map.groupBy(images, ({ reference }) => reference);
  return Object.fromEntries(
    [...groups].map(([reference, same]) => [reference, same.flatMap(({ digest }) => digest ?? [])]),
  );
}

test('its pods tell', () => {
  expect(known({ pods: [aPodWith(['web', 'shop/web:1', `shop/web@${A}`])] })).toEqual({ 'shop/web:1': [A] });
});

test('its reference tells, if it carries the digest', () => {
  expect(known({ containers: [{ ...web, image: `shop/web@${A}` }] })).toEqual({ [`shop/web@${A}`]: [A] });
});

test('what is remembered of it tells once its pods are gone', () => {
  expect(known({ remembered: new Map([['shop/web:1', A]]) })).toEqual({ 'shop/web:1': [A] });
});

test('else nobody does: a tag may have moved', () => {
  expect(known({})).toBeUndefined();
  expect(known({ remembered: new Map([['shop/web:2', A]]) })).toBeUndefined();
  expect(known({ pods: [aPodWith(['web', 'shop/web:1', ''])] })).toBeUndefined();
});

test('one image that is not known is enough', () => {
  const containers = [web, { ...web, name: 'proxy', image: 'shop/proxy:1' }];
  expect(known({ containers, remembered: new Map([['shop/web:1', A]]) })).toBeUndefined();
});

test('what was injected into its pods counts too, also where it is only remembered', () => {
  const pods = [aPodWith(['web', 'shop/web:1', `shop/web@${A}`], ['mesh', 'mesh:1', `mesh@${B}`])];
  expect(known({ pods })).toEqual({ 'shop/web:1': [A], 'mesh:1': [B] });
  expect(
    known({
      remembered: new Map([
        ['shop/web:1', A],
        ['mesh:1', B],
      ]),
    }),
  ).toEqual({ 'shop/web:1': [A], 'mesh:1': [B] });
});

test('pods that pulled one tag at different times count each', () => {
  const pods = [A, B].map((digest) => aPodWith(['web', 'shop/web:1', `shop/web@${digest}`]));
  expect(known({ pods })).toEqual({ 'shop/web:1': [A, B] });
});

test('a tag that the current revision runs as well has moved to what that one runs', () => {
  const current = { reference: 'shop/web:1', digest: B, containers: [], revision: 'Current' as const };
  const remembered = new Map([['shop/web:1', A]]);
  expect(known({ remembered, images: [current] })).toEqual({ 'shop/web:1': [A, B] });
  expect(known({ remembered, images: [{ ...current, revision: 'Previous' }] })).toEqual({ 'shop/web:1': [A] });
});

test('one that carries its digest never moves', () => {
  const image = `shop/web:1@${A}`;
  const current = { reference: image, digest: B, containers: [], revision: 'Current' as const };
  expect(known({ containers: [{ ...web, image }], images: [current] })).toEqual({ [image]: [A] });
});
