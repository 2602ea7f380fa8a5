// cli/dashboard/page: a workload as one line of a table, wherever workloads are listed.
import type { WorkloadLine } from '../item.js';
import { Go } from './navigation.js';
import { Action, type Column, Verdict } from './pieces.js';
import { workloadPath } from './route.js';

export const workloadColumns: readonly Column<WorkloadLine>[] = [
  {
    title: 'Workload',
    isName: true,
    cell: (line) => (
      <Go to={workloadPath(line)}>
        {line.kind} {line.name}
      </Go>
    ),
  },
  { title: 'Namespace', cell: ({ namespace }) => namespace },
  { title: 'Verdict', cell: ({ verdict }) => <Verdict verdict={verdict} /> },
  { title: 'Action', cell: ({ action }) => <Action action={action} /> },
  { title: 'Critical', isNumber: true, cell: ({ critical }) => critical },
  { title: 'High', isNumber: true, cell: ({ high }) => high },
  { title: 'Violations', isNumber: true, cell: ({ violations }) => violations },
];
