// api: what approves a policy's stops, on the policy itself; its value is the generation that is approved.

export const APPROVE_ANNOTATION = 'kubexray.io/approve';
