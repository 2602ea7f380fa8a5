// api: by which the operator, and whoever clears up after it, finds the reports that it keeps for other tools.

export const REPORT_MANAGER = 'kubexray-operator';

export const REPORT_LABELS = { 'app.kubernetes.io/managed-by': REPORT_MANAGER } as const;
