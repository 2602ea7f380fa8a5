import { describe, expect, test } from '@jest/globals';
import { withCondition } from '@dot-kube/operator/conditions';
import { CONTENDERS } from '../../../../src/plan/contention-managers.js';
import { contended, contentionEvents } from '../../../../src/report/result/contention.js';
import { now } from '../../../builders/builders.js';

const since = now.toISOString();
const byArgo = { manager: 'argocd-controller', times: 2, since };

describe('the condition', () => {
  test('is absent where nobody ever contended', () => {
    expect(contended(undefined, undefined)).toEqual([]);
    expect(contended(undefined, { conditions: [] })).toEqual([]);
  });

  test('says who, how often, and what to do', () => {
    const [said] = contended(byArgo, undefined);
    expect(said).toMatchObject({ type: 'Contended', status: 'True', reason: 'PutBackByArgoCD' });
    expect(said?.message).toMatch(
      /^Put back by argocd-controller \(Argo CD\), 2 times since .*RespectIgnoreDifferences=true/u,
    );
  });

  test('turns False when it is over', () => {
    const conditions = contended(byArgo, undefined).reduce<ReturnType<typeof withCondition>>(
      (all, said) => withCondition(all, { ...said, observedGeneration: 1 }, now),
      [],
    );
    expect(contended(undefined, { conditions })).toMatchObject([{ status: 'False', reason: 'Quiet' }]);
  });

  test.each([
    'argocd-controller',
    'kustomize-controller',
    'helm',
    'kube-controller-manager',
    'keda',
    'kubectl-edit',
    '',
  ])('has advice for %p that fits into an Event', (manager) => {
    const [said] = contended({ ...byArgo, manager }, undefined);
    expect(CONTENDERS.map((one) => `PutBackBy${one}`)).toContain(said?.reason);
    expect(said?.message.length).toBeLessThan(500);
    expect(said?.message).toMatch(/See docs\/gitops\.md\.$/u);
  });
});

describe('the Events', () => {
  test('one when it begins, none for each time, one for another who does it, one when it is over', () => {
    const reasons = (...args: Parameters<typeof contentionEvents>) =>
      contentionEvents(...args).map(({ reason }) => reason);
    expect(reasons(undefined, undefined)).toEqual([]);
    expect(reasons(undefined, byArgo)).toEqual(['Contended']);
    expect(reasons(byArgo, { ...byArgo, times: 9 })).toEqual([]);
    expect(reasons(byArgo, { ...byArgo, manager: 'helm' })).toEqual(['Contended']);
    expect(reasons(byArgo, undefined)).toEqual(['ContentionEnded']);
  });

  test('have the same name when the pass is repeated, and another for the next contention', () => {
    const [first] = contentionEvents(undefined, byArgo);
    expect(contentionEvents(undefined, { ...byArgo, times: 3 })[0]?.once).toBe(first?.once);
    expect(contentionEvents(undefined, { ...byArgo, since: 'later' })[0]?.once).not.toBe(first?.once);
  });
});
