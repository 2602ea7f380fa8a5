// cli/judge: the report for people.
import { colourOfVerdict, type Paint } from '../style.js';
import type { ImageReport, Report, ViolationReport, WaivedReport, WorkloadReport } from './report.js';

export function textReport({ workloads, warnings }: Report, paint: Paint): string {
  return [
    ...workloads.flatMap((workload) => [...workloadLines(workload, paint), '']),
    ...warnings.map((warning) => `${paint('yellow', 'warning:')} ${warning}`),
    summary(workloads),
    '',
  ].join('\n');
}

function workloadLines(workload: WorkloadReport, paint: Paint): readonly string[] {
  const { kind, namespace, name, file, line, verdict, violations, waived, images, policies } = workload;
  return [
    `${paint('bold', `${kind} ${namespace}/${name}`)}  ${paint(colourOfVerdict(verdict), verdict)}${asked(workload)}  ${paint('dim', `${file}:${line}`)}`,
    ...(policies.length === 0 ? ['  no policy selects it'] : []),
    ...images.flatMap((image) => imageLine(image, paint)),
    ...violations.flatMap((violation) => violationLines(violation, paint)),
    ...waived.flatMap((one) => waivedLines(one, paint)),
  ];
}

function asked({ action, actionAfterGrace, auditAction, rollback }: WorkloadReport): string {
  const parts = [
    ...(action === 'Ignore' ? [] : [`would be ${rollback === true ? 'rolled back, or ' : ''}stopped: ${action}`]),
    ...(actionAfterGrace === action || actionAfterGrace === 'Ignore' ? [] : [`after grace: ${actionAfterGrace}`]),
    ...(auditAction === 'Ignore' ? [] : [`audit only: ${auditAction}`]),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function imageLine({ reference, state, message }: ImageReport, paint: Paint): readonly string[] {
  if (state === 'Scanned') return [];
  return [`  ${paint('yellow', state)} ${reference}${message === undefined ? '' : `: ${message}`}`];
}

function violationLines(violation: ViolationReport, paint: Paint): readonly string[] {
  const { graceUntil, mode, asks, notWaived } = violation;
  const grace = graceUntil === undefined ? '' : `, in grace until ${graceUntil}`;
  return [
    `  ${paint('red', '✗')} ${what(violation)}`,
    `    ${violation.policyKind} ${violation.policy}, ${violation.field}: ${mode} ${asks}${grace}`,
    ...notWaived.map((message) => `    ${paint('yellow', 'not waived:')} ${message}`),
  ];
}

function waivedLines(waived: WaivedReport, paint: Paint): readonly string[] {
  return [
    `  ${paint('green', '○')} ${what(waived)}`,
    `    ${waived.policyKind} ${waived.policy}, ${waived.field}; waived by XrayException ${waived.exception} until ${waived.until}: ${waived.why}`,
  ];
}

function what({ id, severity, image, summary: text, fixedVersions }: Omit<ViolationReport, 'graceUntil'>): string {
  const fix = fixedVersions.length === 0 ? '' : `; fixed in ${fixedVersions.slice(0, 3).join(', ')}`;
  return `${id}${severity === undefined ? '' : ` (${severity})`} in ${image}: ${text}${fix}`;
}

function summary(workloads: readonly WorkloadReport[]): string {
  const counts = Map.groupBy(workloads, ({ verdict }) => verdict);
  const parts = [...counts].map(([verdict, those]) => `${those.length} ${verdict}`);
  return `${workloads.length} ${workloads.length === 1 ? 'workload' : 'workloads'}: ${parts.join(', ')}`;
}
