// webhook: the question of an AdmissionReview: may this be done, by whom, to what. Pure.
import { isObject } from '../resource/json.js';
import { fieldIn, NotAReview, questionIn, textIn, textsIn } from './review.js';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface UserInfo {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  /** What the authenticator adds, as in `authentication.kubernetes.io/pod-name`. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** A resource as the API server names it in a review. */
export interface ReviewedResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

interface About {
  readonly uid: string;
  readonly resource: ReviewedResource;
  /** As in `status`; empty for the object itself. */
  readonly subresource: string;
  /** Empty for what has none. */
  readonly namespace: string;
  /** Empty where the API server has yet to make one, as with `generateName`. */
  readonly name: string;
  readonly user: UserInfo;
  /** Nothing will be stored: whoever changes anything else for this request must not. */
  readonly dryRun: boolean;
  /** As in CreateOptions. */
  readonly options: unknown;
}

/** Which objects come with which operation. */
interface Objects<T> {
  CREATE: { readonly object: T; readonly oldObject: undefined };
  UPDATE: { readonly object: T; readonly oldObject: T };
  DELETE: { readonly object: undefined; readonly oldObject: T };
  /** The object is what is connected with, as in PodExecOptions. */
  CONNECT: { readonly object: T; readonly oldObject: undefined };
}

/** What the API server asks: `object` as it would be, `oldObject` as it is. */
export type AdmissionRequest<T, O extends Operation = Operation> = {
  [P in O]: About & { readonly operation: P } & Objects<T>[P];
}[O];

export const ADMISSION_REVIEW = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' } as const;

/** @throws NotAReview */
export function admissionRequestIn(body: unknown): AdmissionRequest<object> {
  const { uid, request } = questionIn(body, ADMISSION_REVIEW);
  const resource = fieldIn(request, 'resource');
  const about: About = {
    uid,
    resource: {
      group: textIn(resource, 'group'),
      version: textIn(resource, 'version'),
      plural: textIn(resource, 'resource'),
    },
    subresource: textIn(request, 'subResource'),
    namespace: textIn(request, 'namespace'),
    name: textIn(request, 'name'),
    user: userIn(fieldIn(request, 'userInfo')),
    dryRun: fieldIn(request, 'dryRun') === true,
    options: fieldIn(request, 'options'),
  };
  const [object, oldObject] = [fieldIn(request, 'object'), fieldIn(request, 'oldObject')];
  const operation = textIn(request, 'operation');
  switch (operation) {
    case 'CREATE':
    case 'CONNECT':
      return { ...about, operation, object: present(object, 'object'), oldObject: undefined };
    case 'UPDATE':
      return { ...about, operation, object: present(object, 'object'), oldObject: present(oldObject, 'oldObject') };
    case 'DELETE':
      return { ...about, operation, object: undefined, oldObject: present(oldObject, 'oldObject') };
    default:
      throw new NotAReview(400, 'the AdmissionReview has none of the operations CREATE, UPDATE, DELETE, CONNECT');
  }
}

function userIn(info: unknown): UserInfo {
  const extra = fieldIn(info, 'extra');
  const names = isObject(extra) ? Object.keys(extra) : [];
  return {
    username: textIn(info, 'username'),
    uid: textIn(info, 'uid'),
    groups: textsIn(info, 'groups'),
    extra: Object.fromEntries(names.map((name) => [name, textsIn(extra, name)])),
  };
}

function present(value: unknown, name: 'object' | 'oldObject'): object {
  if (!isObject(value)) throw new NotAReview(400, `the AdmissionReview has no ${name}`);
  return value;
}
