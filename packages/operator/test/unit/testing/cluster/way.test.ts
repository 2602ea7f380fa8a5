import { describe, expect, it } from '@jest/globals';
import { chooseWay, type Found, noWay, type Way } from '../../../../src/testing/cluster/way.js';

const all = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'etcd', 'kubectl'];
const envtest = ['kube-apiserver', 'etcd', 'kubectl']; // what setup-envtest downloads
const nothing: Found = {
  kubeconfigVariable: 'MY_KUBECONFIG',
  cache: { directory: '/cache/bin', present: [] },
  docker: { answers: false, why: 'no engine answers' },
};
const cached: Found = {
  ...nothing,
  cache: { directory: '/cache/bin', present: all },
  docker: { answers: true },
  go: '1.26.8',
};
const assets: Found = { ...cached, assets: { directory: '/assets', present: all } };
const everything: Found = { ...assets, explicit: { path: '/my/kubeconfig', readable: true } };

const rows: readonly [string, Found, Way][] = [
  ['a named cluster comes before all else', everything, { way: 'explicit', kubeconfig: '/my/kubeconfig' }],
  [
    'KUBEBUILDER_ASSETS comes before what we built',
    assets,
    { way: 'binaries', directory: '/assets', from: 'KUBEBUILDER_ASSETS' },
  ],
  ['what we built comes before Docker', cached, { way: 'binaries', directory: '/cache/bin', from: 'our cache' }],
  [
    'the assets of envtest alone are not enough',
    { ...cached, assets: { directory: '/assets', present: envtest } },
    { way: 'binaries', directory: '/cache/bin', from: 'our cache' },
  ],
  ['Docker comes before a build', { ...cached, cache: nothing.cache }, { way: 'docker' }],
  ['Go builds when nothing else is there', { ...nothing, go: '1.26.8' }, { way: 'build', go: '1.26.8' }],
  [
    'a cache that lacks a program is not used',
    { ...nothing, cache: { directory: '/c', present: envtest } },
    { way: 'none' },
  ],
  ['a release candidate of the least Go builds', { ...nothing, go: '1.26rc1' }, { way: 'build', go: '1.26rc1' }],
  ['a Go of the next major version builds', { ...nothing, go: '2.0' }, { way: 'build', go: '2.0' }],
  ['an older Go does not', { ...nothing, go: '1.25.9' }, { way: 'none' }],
  ['nothing is there', nothing, { way: 'none' }],
  [
    'a named cluster that cannot be read is a mistake, not a wish for another',
    { ...everything, explicit: { path: '/gone', readable: false } },
    { way: 'none' },
  ],
];

describe('the way to a cluster', () => {
  it.each(rows)('%s', (_rule, found, chosen) => {
    expect(chooseWay(found).chosen).toEqual(chosen);
  });

  it('says which programs are missing', () => {
    const found = { ...nothing, assets: { directory: '/assets', present: envtest }, go: '1.26.8' };
    expect(chooseWay(found).passedOver).toEqual([
      'MY_KUBECONFIG is not set',
      'KUBEBUILDER_ASSETS (/assets) lacks kube-controller-manager, kube-scheduler, kwok',
      'nothing is built yet in /cache/bin',
      'Docker: no engine answers',
    ]);
  });

  it('says what was tried and the four ways when none is open', () => {
    const told = noWay(chooseWay({ ...nothing, go: '1.25.9' }).passedOver, 'MY_KUBECONFIG');
    expect(told).toContain('Go is 1.25.9, and 1.26 is needed');
    for (const word of ['MY_KUBECONFIG=', 'KUBEBUILDER_ASSETS=', 'a Docker engine', 'Go 1.26']) {
      expect(told).toContain(word);
    }
  });

  it('tells the path that cannot be read, and no other way', () => {
    const { passedOver } = chooseWay({ ...everything, explicit: { path: '/gone', readable: false } });
    expect(passedOver).toEqual(["MY_KUBECONFIG names /gone, which can't be read; correct or unset it"]);
  });
});
