import { expect, test } from '@jest/globals';
import { keyOfResult } from '../../../../src/controllers/workloads/result-writer.js';
import { workloadKey } from '../../../../src/workload/workload.js';
import { aWorkload } from '../../../builders/builders.js';

test('a result tells by its key of whose pass its writes are', () => {
  const { ref } = aWorkload();
  const { namespace, ...workloadRef } = ref;
  expect(keyOfResult({ namespace, spec: { workloadRef } })).toBe(workloadKey(ref));
});
