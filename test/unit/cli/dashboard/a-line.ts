// A workload as the dashboard lists it.
import type { Item, Update, WorkloadLine } from '../../../../src/cli/dashboard/item.js';

export function aLine(differs: Partial<WorkloadLine> = {}): WorkloadLine {
  const name = differs.name ?? 'web';
  return {
    kind: 'Deployment',
    namespace: 'shop',
    name,
    result: `deployment-${name}`,
    version: '1',
    verdict: 'Compliant',
    action: 'None',
    critical: 0,
    high: 0,
    violations: 0,
    message: '',
    policies: [],
    images: [],
    ...differs,
  };
}

export function aWorkloadItem(differs: Partial<WorkloadLine> = {}): Item {
  const line = aLine(differs);
  return { kind: 'Workload', id: `Workload ${line.namespace}/${line.result}`, line };
}

export function anUpdate(differs: Partial<Update> = {}): Update {
  return { whole: false, put: [], gone: [], notes: [], ...differs };
}
