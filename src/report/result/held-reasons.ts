// report: why a workload that is to be stopped is not. The words are part of the API: they stand in conditions and in metrics.
import { REFUSALS } from '../../plan/refusal.js';

export const BRAKE_ENGAGED = 'BrakeEngaged';
export const RATE_LIMITED = 'RateLimited';
export const BACKING_OFF = 'BackingOff';
export const ENFORCEMENT_FAILED = 'EnforcementFailed';

export const HELD_REASONS = [...REFUSALS, BRAKE_ENGAGED, RATE_LIMITED, BACKING_OFF, ENFORCEMENT_FAILED] as const;
export type HeldReason = (typeof HELD_REASONS)[number];
