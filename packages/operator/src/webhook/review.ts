// webhook: what every review has in common, whatever it is about: the API server asks with a uid, and wants it back. It says who it
// is by no certificate, so nothing of a body is taken for granted before it has been looked at. Pure.
import { isObject } from '../resource/json.js';

/** What came is no question that can be answered: the API server goes by the failurePolicy of its configuration then. */
export class NotAReview extends Error {
  override readonly name = 'NotAReview';
  readonly status: number;

  constructor(status: number, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.status = status;
  }
}

export interface ReviewType {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface Question {
  readonly uid: string;
  readonly request: object;
}

/** @throws NotAReview */
export function questionIn(body: unknown, type: ReviewType): Question {
  const [apiVersion, kind] = [textIn(body, 'apiVersion'), textIn(body, 'kind')];
  if (apiVersion !== type.apiVersion || kind !== type.kind)
    throw new NotAReview(
      400,
      `it answers ${type.kind} of ${type.apiVersion}, and was asked ${shown(kind)} of ${shown(apiVersion)}: ` +
        `the configuration's review versions have to be [v1]`,
    );
  const request = fieldIn(body, 'request');
  const uid = textIn(request, 'uid');
  if (!isObject(request) || uid === '') throw new NotAReview(400, `the ${kind} has no request with a uid`);
  return { uid, request };
}

export function answerTo({ uid }: Pick<Question, 'uid'>, type: ReviewType, response: object): object {
  return { ...type, response: { uid, ...response } };
}

const MAX_SHOWN = 100;

function shown(text: string): string {
  return text === '' ? 'nothing' : text.slice(0, MAX_SHOWN);
}

/** Own fields only: a body may bring a `__proto__` of its own. */
export function fieldIn(of: unknown, name: string): unknown {
  return isObject(of) && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
}

/** Empty where there is none. */
export function textIn(of: unknown, name: string): string {
  const value = fieldIn(of, name);
  return typeof value === 'string' ? value : '';
}

export function listIn(of: unknown, name: string): readonly unknown[] {
  const value = fieldIn(of, name);
  return Array.isArray(value) ? value : [];
}

export function textsIn(of: unknown, name: string): readonly string[] {
  return listIn(of, name).filter((one) => typeof one === 'string');
}
