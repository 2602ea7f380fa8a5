// cli/judge: the report as SARIF 2.1.0 (OASIS), for code hosts that show results beside the line. Pure.
import { severityRank } from '../../scan/finding.js';
import type { Severity } from '../../scan/finding.js';
import type { Report, ViolationReport, WaivedReport, WorkloadReport } from './report.js';

interface Finding {
  readonly workload: WorkloadReport;
  readonly violation: Omit<ViolationReport, 'graceUntil'>;
  readonly waived?: WaivedReport;
}

export function sarifReport(report: Report): object {
  const findings = report.workloads.flatMap((workload): Finding[] => [
    ...workload.violations.map((violation) => ({ workload, violation })),
    ...workload.waived.map((waived) => ({ workload, violation: waived, waived })),
  ]);
  const rules = [...new Map(findings.map(({ violation }) => [ruleId(violation), ruleOf(violation)])).values()];
  const at = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'kubexray', rules } },
        results: findings.map((finding) => resultOf(finding, at.get(ruleId(finding.violation)) ?? -1)),
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications(report) }],
      },
    ],
  };
}

function ruleId({ condition, id }: Pick<ViolationReport, 'condition' | 'id'>): string {
  return `${condition}/${id}`;
}

interface SarifRule {
  readonly id: string;
  readonly name: string;
  readonly shortDescription: { readonly text: string };
  readonly properties: { readonly tags: readonly string[] };
}

function ruleOf(violation: Finding['violation']): SarifRule {
  return {
    id: ruleId(violation),
    name: violation.reason,
    shortDescription: { text: violation.summary === '' ? violation.id : violation.summary },
    properties: { tags: [violation.condition.toLowerCase()] },
  };
}

function resultOf({ workload, violation, waived }: Finding, ruleIndex: number): object {
  const { kind, namespace, name, file } = workload;
  const { image, id, summary, policyKind, policy, field, asks, mode, line, fixedVersions } = violation;
  const fix = fixedVersions.length === 0 ? '' : ` Fixed in ${fixedVersions.slice(0, 3).join(', ')}.`;
  const text = `${id} in ${image} of ${kind} ${namespace}/${name}: ${summary}.${fix} ${policyKind} ${policy} (${field}) asks for ${asks}, mode ${mode}.`;
  return {
    ruleId: ruleId(violation),
    ruleIndex,
    level: levelOf(violation),
    message: { text },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line } } }],
    // The same finding keeps its identity when lines move.
    partialFingerprints: { 'kubexray/v1': [kind, namespace, name, image, ruleId(violation), policy].join('|') },
    ...(waived === undefined ? {} : { suppressions: [suppressionOf(waived)] }),
  };
}

function suppressionOf({ exception, until, why }: WaivedReport): object {
  return { kind: 'external', justification: `XrayException ${exception} until ${until}: ${why}` };
}

function levelOf({ severity, mode, asks }: Finding['violation']): 'error' | 'warning' | 'note' {
  if (mode === 'Enforce' && asks !== 'Ignore') return 'error';
  if (severity === undefined || isSeverity(severity)) {
    return severity !== undefined && severityRank(severity) < severityRank('Medium') ? 'note' : 'warning';
  }
  return 'warning';
}

function isSeverity(text: string): text is Severity {
  return ['Critical', 'High', 'Medium', 'Low', 'Unknown'].includes(text);
}

function uriOf(file: string): string {
  const slashed = file.replaceAll('\\', '/').replace(/^\.\//u, '');
  return slashed.split('/').map(encodeURIComponent).join('/');
}

/** What could not be judged is no result, and must not look like a clean one. */
function notifications({ workloads, warnings }: Report): readonly object[] {
  const unjudged = workloads.flatMap(({ kind, namespace, name, images }) =>
    images
      .filter(({ state }) => state === 'Unavailable')
      .map((image) => `${kind} ${namespace}/${name}: ${image.reference} was not judged: ${image.message ?? ''}`),
  );
  return [...unjudged, ...warnings].map((text) => ({ level: 'warning', message: { text } }));
}
