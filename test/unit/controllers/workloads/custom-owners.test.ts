import { expect, test } from '@jest/globals';
import { CustomOwners } from '../../../../src/controllers/workloads/custom-owners.js';

const at = (name: string) => ({ apiVersion: 'example.com/v1', kind: 'Stack', namespace: 'shop', name });
const ownedBy = (name: string, uid = `uid-${name}`) => ({ apiVersion: 'example.com/v1', kind: 'Stack', name, uid });

function aChain(): CustomOwners {
  const owners = new CustomOwners();
  owners.put(at('low'), 'uid-low', ownedBy('middle'));
  owners.put(at('middle'), 'uid-middle', ownedBy('top'));
  return owners;
}

test('an owner is followed upwards', () => {
  const owners = aChain();
  expect(owners.ownerOf('shop', ownedBy('low'))).toEqual(ownedBy('middle'));
  expect(owners.ownerOf('shop', ownedBy('middle'))).toEqual(ownedBy('top'));
  expect(owners.ownerOf('shop', ownedBy('top'))).toBeUndefined();
});

test('an owner that was made anew under the same name is not the one that was read', () => {
  expect(aChain().ownerOf('shop', ownedBy('low', 'uid-other'))).toBeUndefined();
});

test('of the same name in another namespace it is another', () => {
  expect(aChain().ownerOf('bank', ownedBy('low'))).toBeUndefined();
});

test('what stands below is found from the top, however far', () => {
  const names = aChain()
    .withBelow(at('top'))
    .map(({ name }) => name);
  expect(names).toEqual(['top', 'middle', 'low']);
  expect(aChain().uidOf(at('top'))).toBe('uid-top');
});

test('what was removed is no longer found, and a loop ends', () => {
  const owners = aChain();
  owners.remove(at('low'));
  expect(owners.withBelow(at('top'))).toHaveLength(2);
  owners.put(at('top'), 'uid-top', ownedBy('middle'));
  expect(owners.withBelow(at('top'))).toHaveLength(2);
});
