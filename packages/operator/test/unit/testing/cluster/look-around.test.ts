import { describe, expect, test } from '@jest/globals';
import { askDocker } from '../../../../src/testing/cluster/look-around.js';

describe('Docker', () => {
  test('answers where an engine does', async () => {
    expect(await askDocker(async () => ({ getContainerRuntimeClient: async () => undefined }))).toEqual({
      answers: true,
    });
  });

  test('does not where no engine does', async () => {
    const getContainerRuntimeClient = async (): Promise<never> => Promise.reject(new Error('no engine'));
    expect(await askDocker(async () => ({ getContainerRuntimeClient }))).toEqual({ answers: false, why: 'no engine' });
  });

  test('is no way, and no hindrance, where what would start the containers is not installed', async () => {
    const missing = Object.assign(new Error("Cannot find package 'testcontainers'"), { code: 'ERR_MODULE_NOT_FOUND' }); // Node's
    const load = async (): Promise<never> => Promise.reject(missing);
    expect(await askDocker(load)).toEqual({
      answers: false,
      why: 'testcontainers and @testcontainers/k3s are not installed',
    });
  });
});
