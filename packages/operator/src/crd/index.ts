// crd: the door @dot-kube/operator/crd. Decorated classes are the one source of CRDs, types and reference.
export * from './decorators.js';
export { customResourceDefinition, type CustomResourceDefinition } from './definition.js';
export { Condition, Conditions, LabelSelector, LabelSelectorRequirement } from './meta-v1.js';
export type { Class, CustomResourceOptions, Json } from './notes.js';
export { apiReference } from './reference.js';
export type { StructuralSchema } from './structural.js';
