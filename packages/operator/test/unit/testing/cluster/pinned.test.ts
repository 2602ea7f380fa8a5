import { describe, expect, it } from '@jest/globals';
import { linkerFlags, pinnedVersions, readPinned } from '../../../../src/testing/cluster/pinned.js';

const goMod = `
require (
	go.etcd.io/etcd/server/v3 v3.7.0 // indirect
	k8s.io/kubernetes v1.37.2 // indirect
	sigs.k8s.io/kwok v0.8.0
)
replace k8s.io/kubernetes-other v9.9.9 => k8s.io/kubernetes v0.0.0
`;

describe('the pinned programs', () => {
  it('have the versions of go.mod', () => {
    expect(pinnedVersions(goMod)).toEqual({ kubernetes: 'v1.37.2', etcd: 'v3.7.0', kwok: 'v0.8.0' });
  });

  it('are refused when go.mod lacks one', () => {
    expect(() => pinnedVersions('require k8s.io/kubernetes v1.37.2')).toThrow(/requires no go\.etcd\.io/);
  });

  it('answer the version of go.mod at /version', () => {
    const flags = linkerFlags(pinnedVersions(goMod));
    const version = '-X k8s.io/component-base/version';
    expect(flags).toBe(`-s -w ${version}.gitVersion=v1.37.2 ${version}.gitMajor=1 ${version}.gitMinor=37`);
  });

  it('are kept below XDG_CACHE_HOME, or below ~/.cache when it is empty', async () => {
    const own = await readPinned({ XDG_CACHE_HOME: '/caches' }, 'my-tests');
    expect(own.cacheDirectory).toMatch(/^\/caches\/my-tests\/cluster\/kubernetes-v1\.\S+_[0-9a-f]{12}$/);
    const usual = await readPinned({ XDG_CACHE_HOME: '' }, 'my-tests');
    expect(usual.cacheDirectory).toContain('/.cache/my-tests/');
  });
});
