import { describe, expect, test } from '@jest/globals';
import { resource } from '../../../src/resource/resource.js';
import { type Asked, type Change, mutate, validate, type Verdict } from '../../../src/webhook/admission.js';
import { admissionReview, ask, nobody, type Widget, widget, widgets } from './reviews.js';

const REVIEW = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
const kind = resource<Widget>(widgets);
const says = (verdict: Verdict) => validate({ resource: kind, check: () => verdict });
const makes = (change: (asked: Asked<Widget, 'CREATE' | 'UPDATE'>) => Change<Widget>) =>
  mutate({ resource: kind, change });

describe('the question', () => {
  test('is told whole', async () => {
    let seen: unknown;
    const hook = validate({
      resource: kind,
      operations: ['UPDATE'],
      check: ({ signal, log, ...asked }) => {
        seen = asked;
        expect(signal.aborted).toBe(false);
        log.info('asked');
        return { allowed: true };
      },
    });
    const review = admissionReview({ operation: 'UPDATE', oldObject: widget(2), dryRun: true });
    expect(await ask(hook, review)).toEqual({ ...REVIEW, response: { uid: 'u-1', allowed: true } });
    expect(seen).toEqual({
      uid: 'u-1',
      operation: 'UPDATE',
      resource: { group: 'example.com', version: 'v1', plural: 'widgets' },
      subresource: '',
      namespace: 'shop',
      name: 'a',
      user: { username: 'ann', uid: '7', groups: ['dev'], extra: { 'example.com/team': ['web'] } },
      dryRun: true,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
      object: widget(1),
      oldObject: widget(2),
    });
  });

  test.each([
    ['CREATE', { object: widget(1) }, { object: widget(1), oldObject: undefined }],
    ['CONNECT', { object: widget(1) }, { object: widget(1), oldObject: undefined }],
    ['DELETE', { object: null, oldObject: widget(1) }, { object: undefined, oldObject: widget(1) }],
  ] as const)('%s comes with the objects that there are', async (operation, given, seen) => {
    let asked: unknown;
    const check = (all: object): Verdict => {
      asked = all;
      return { allowed: true };
    };
    await ask(validate({ resource: kind, operations: [operation], check }), admissionReview({ operation, ...given }));
    expect(asked).toMatchObject({ operation, ...seen });
  });

  test('about what a hook is not asked is allowed as it is', async () => {
    const hook = validate({
      resource: kind,
      check: () => {
        throw new Error('not to be asked');
      },
    });
    const review = admissionReview({ operation: 'DELETE', oldObject: widget(1) });
    expect(await ask(hook, review)).toEqual({ ...REVIEW, response: { uid: 'u-1', allowed: true } });
  });

  test.each<[string, unknown, string]>([
    [
      'another version of the review',
      { ...admissionReview(), apiVersion: 'admission.k8s.io/v1beta1' },
      "it answers AdmissionReview of admission.k8s.io/v1, and was asked AdmissionReview of admission.k8s.io/v1beta1: the configuration's review versions have to be [v1]",
    ],
    ['another kind', { ...admissionReview(), kind: 'Status' }, 'was asked Status of admission.k8s.io/v1'],
    ['what is no review', [], 'was asked nothing of nothing'],
    ['no request', { ...REVIEW }, 'the AdmissionReview has no request with a uid'],
    ['no uid', admissionReview({ uid: '' }), 'the AdmissionReview has no request with a uid'],
    ['no operation', admissionReview({ operation: 'PATCH' }), 'none of the operations'],
    ['no object', admissionReview({ object: null }), 'the AdmissionReview has no object'],
    [
      'no former object',
      admissionReview({ operation: 'UPDATE', oldObject: 'x' }),
      'the AdmissionReview has no oldObject',
    ],
    [
      'another resource',
      admissionReview({ resource: { group: '', version: 'v1', resource: 'pods' } }),
      'it is for widgets of example.com/v1, and was asked about pods of v1: correct the rules of its configuration',
    ],
    [
      'another version of the resource',
      admissionReview({ resource: { group: 'example.com', version: 'v2', resource: 'widgets' } }),
      'it is for widgets of example.com/v1, and was asked about widgets of example.com/v2',
    ],
    ['a subresource', admissionReview({ subResource: 'status' }), 'was asked about widgets/status of example.com/v1'],
  ])('%s is none', async (_, review, message) => {
    await expect(ask(says({ allowed: true }), review)).rejects.toMatchObject({
      name: 'NotAReview',
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  test('may be about a subresource', async () => {
    const hook = validate({ resource: kind, subresource: 'status', check: () => ({ allowed: true }) });
    expect(await ask(hook, admissionReview({ subResource: 'status' }))).toMatchObject({ response: { allowed: true } });
    await expect(ask(hook, admissionReview())).rejects.toThrow('it is for widgets/status of example.com/v1');
  });
});

describe('the verdict', () => {
  test.each<[Verdict, object, readonly [boolean, number]]>([
    [{ allowed: true }, { allowed: true }, [true, 200]],
    [{ allowed: true, warnings: ['old\n'] }, { allowed: true, warnings: ['old'] }, [true, 200]],
    [
      { allowed: false, message: 'too large; at most 3' },
      {
        allowed: false,
        status: { code: 403, reason: 'Forbidden', message: 'too large; at most 3', status: 'Failure' },
      },
      [false, 403],
    ],
    [
      { allowed: false, message: 'too large', code: 422, warnings: ['w'] },
      { allowed: false, status: { code: 422, reason: 'Invalid', message: 'too large' }, warnings: ['w'] },
      [false, 422],
    ],
  ])('%j', async (verdict, response, counted) => {
    const heard = nobody();
    expect(await ask(says(verdict), admissionReview(), heard)).toMatchObject({
      ...REVIEW,
      response: { uid: 'u-1', ...response },
    });
    expect(heard).toEqual({ decided: [counted], failed: 0 });
  });

  test('of a handler that throws is no, and tells nothing of the error', async () => {
    const heard = nobody();
    const hook = validate({
      resource: kind,
      check: async () => {
        throw new Error('password=hunter2');
      },
    });
    const answer = await ask(hook, admissionReview(), heard);
    expect(answer).toEqual({
      ...REVIEW,
      response: {
        uid: 'u-1',
        allowed: false,
        status: {
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          code: 500,
          reason: 'InternalError',
          message: 'the web hook itself failed; its log tells why',
        },
      },
    });
    expect(heard).toEqual({ decided: [[false, 500]], failed: 1 });
  });
});

describe('the change', () => {
  const patchIn = (answer: unknown): unknown => {
    const { response } = answer as { response: { patch: string; patchType: string } }; // eslint-disable-line @typescript-eslint/no-unsafe-type-assertion -- what it is not fails below
    expect(response.patchType).toBe('JSONPatch');
    return JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8'));
  };
  const labels = { 'example.com/by': 'us' };
  const added = [{ op: 'add', path: '/metadata/labels', value: labels }];

  test('of another object is the patch to it', async () => {
    const hook = makes(({ object }) => ({
      object: { ...object, metadata: { ...object.metadata, labels } },
      warnings: ['labelled'],
    }));
    const answer = await ask(hook, admissionReview());
    expect(answer).toMatchObject({ ...REVIEW, response: { uid: 'u-1', allowed: true, warnings: ['labelled'] } });
    expect(patchIn(answer)).toEqual(added);
  });

  test('may be made to the object itself', async () => {
    const hook = makes(({ object }) => {
      Object.assign(object.metadata, { labels });
      return { object };
    });
    expect(patchIn(await ask(hook, admissionReview()))).toEqual(added);
  });

  test('may be a patch', async () => {
    const hook = makes(() => ({ patch: [{ op: 'remove', path: '/spec' }] }));
    expect(patchIn(await ask(hook, admissionReview()))).toEqual([{ op: 'remove', path: '/spec' }]);
  });

  test('is sent as JSON has it: what is undefined is not there', async () => {
    const hook = makes(({ object }) => ({ object: Object.assign({}, object, { spec: undefined, extra: undefined }) }));
    expect(patchIn(await ask(hook, admissionReview()))).toEqual([{ op: 'remove', path: '/spec' }]);
  });

  test.each<[string, Change<Widget>]>([
    ['the same object', { object: widget(1) }],
    ['an empty patch', { patch: [] }],
    ['no change', { allowed: true }],
  ])('%s is no patch', async (_, change) => {
    const answer = await ask(
      makes(() => change),
      admissionReview(),
    );
    expect(answer).toEqual({ ...REVIEW, response: { uid: 'u-1', allowed: true } });
  });

  test('may be a refusal', async () => {
    const hook = makes(() => ({ allowed: false, message: 'never', code: 409 }));
    expect(await ask(hook, admissionReview())).toMatchObject({
      response: { allowed: false, status: { code: 409, reason: 'Conflict', message: 'never' } },
    });
  });

  test('of what is deleted is a fault of the hook', async () => {
    const hook = mutate({
      resource: kind,
      operations: ['DELETE'],
      change: ({ oldObject }) => ({ object: oldObject }),
    });
    const heard = nobody();
    const review = admissionReview({ operation: 'DELETE', object: null, oldObject: widget(1) });
    expect(await ask(hook, review, heard)).toMatchObject({ response: { allowed: false, status: { code: 500 } } });
    expect(heard.failed).toBe(1);
  });
});
