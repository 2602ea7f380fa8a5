// cli/waive: the exception that the user asks for, and what of the workload's violations it would waive, by the operator's own
// reckoning. Pure.
import { createHash } from 'node:crypto';
import { API_VERSION } from '../../api/v1alpha1/coordinates.js';
import type { ResultViolation, XrayExceptionSpec, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { compileException, type Exception } from '../../evaluate/exception.js';
import type { Policy } from '../../evaluate/policy.js';
import { waiversOf } from '../../evaluate/waiver.js';
import { Trouble } from '../exit-code.js';
import { breachOf } from '../stored.js';
import { timeText } from '../style.js';

export interface WaiverInput {
  readonly workload: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly vulnerabilities: readonly string[];
  readonly licenses: readonly string[];
  readonly unscanned: boolean;
  readonly reason: string;
  readonly expiresAt: Date;
  /** Absent: made from the workload and the day on which it ends. */
  readonly name?: string;
}

export interface ExceptionObject {
  readonly apiVersion: string;
  readonly kind: 'XrayException';
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: XrayExceptionSpec;
}

export function exceptionFor(input: WaiverInput): ExceptionObject {
  const { workload, vulnerabilities, licenses, unscanned, reason, expiresAt } = input;
  const { kind, namespace, name } = workload;
  return {
    apiVersion: API_VERSION,
    kind: 'XrayException',
    metadata: { namespace, name: input.name ?? nameFor(input) },
    spec: {
      workloads: [{ kind, name }],
      ...(vulnerabilities.length === 0 ? {} : { vulnerabilities }),
      ...(licenses.length === 0 ? {} : { licenses }),
      ...(unscanned ? { unscanned } : {}),
      reason,
      expiresAt: timeText(expiresAt),
    },
  };
}

const MAX_NAME = 253;

/**
 * How long an exception lasts counts from its creation, so to prolong one a new one is made: the end is in the name. Asked
 * for twice on one day, it is the same exception; what waives something else must not take its place.
 */
function nameFor({ workload, vulnerabilities, licenses, unscanned, expiresAt }: WaiverInput): string {
  const named = [vulnerabilities, licenses].flatMap((all) => [...new Set(all)].sort());
  const what = [...named, ...(unscanned ? ['unscanned'] : [])];
  const more = what.length > 1 ? `-and-${what.length - 1}-more` : '';
  const day = expiresAt.toISOString().slice(0, 10).replaceAll('-', '');
  const end = what.length > 1 ? `${hash(what)}-${day}` : day;
  const start = `${workload.kind}-${workload.name}-${what[0] ?? ''}${more}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/gu, '-');
  return `${start.slice(0, MAX_NAME - end.length - 1).replace(/[^a-z0-9]+$/u, '')}-${end}`;
}

function hash(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 8);
}

export interface Effect {
  readonly waives: readonly ResultViolation[];
  /** What it names and may not waive, in words. */
  readonly refused: readonly string[];
  /** What it would waive if it named more. */
  readonly hints: readonly string[];
}

/**
 * @param policies those that cover the namespace
 * @param created when the exception of this name was made, or now
 * @throws Trouble where the operator would not understand the exception
 */
export function effectOf(
  { metadata, spec }: ExceptionObject,
  { violations = [] }: XrayScanResultStatus,
  policies: readonly Policy[],
  created: string,
): Effect {
  const compiled = compileException({ ...metadata, creationTimestamp: created }, spec);
  if (!compiled.ok) throw new Trouble(compiled.message);
  const { exception } = compiled;
  const named = violations.filter((violation) => exception.names(breachOf(violation)));
  const refusals = named.map((violation) => ({ violation, refused: refusalsOf(violation, exception, policies) }));
  return {
    waives: refusals.filter(({ refused }) => refused.length === 0).map(({ violation }) => violation),
    refused: [...new Set(refusals.flatMap(({ refused }) => refused))],
    hints: violations.filter((one) => !named.includes(one)).flatMap((one) => hint(one, spec.vulnerabilities ?? [])),
  };
}

function refusalsOf(violation: ResultViolation, exception: Exception, policies: readonly Policy[]): readonly string[] {
  const policy = policies.find(({ kind, name }) => kind === violation.policyKind && name === violation.policy);
  return policy === undefined ? [] : waiversOf([exception], policy).refused.map(({ message }) => message);
}

/** A finding with several CVEs is waived by all of them, or by its Xray id. */
function hint(violation: ResultViolation, named: readonly string[]): readonly string[] {
  const { vulnerability } = breachOf(violation);
  if (vulnerability?.cves.some((cve) => named.includes(cve)) !== true) return [];
  const others = vulnerability.cves.filter((cve) => !named.includes(cve));
  return [
    `${vulnerability.id} in ${violation.image} is also ${others.join(', ')}; name these too, or ${vulnerability.id}`,
  ];
}
