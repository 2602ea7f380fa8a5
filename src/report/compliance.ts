// report: under which condition of a result it stands whether the rules of a kind hold.
import type { ConditionName } from '../evaluate/breach.js';

export const COMPLIANCE: Readonly<Record<ConditionName, string>> = {
  Unscanned: 'Scanned',
  Security: 'SecurityCompliant',
  License: 'LicenseCompliant',
};
