// api: one object for each top-level workload, written by the operator only, where everybody sees its verdict.
import { Cel, CustomResource, Description, Nested, PrinterColumn, SelectableField } from '@dot-kube/operator/crd';
import { IsOptional, IsString, Length } from 'class-validator';
import { xrayScanResults } from './coordinates.js';
import { ObjectName } from './fields.js';
import { XrayScanResultStatus } from './scan-result-status.js';

@Description('The workload that the result is about. Its uid changes when it is made anew; the rest never does.')
@Cel(
  'self.apiVersion == oldSelf.apiVersion && self.kind == oldSelf.kind && self.name == oldSelf.name',
  'apiVersion, kind and name never change; a result for another workload is another object',
)
export class WorkloadReference {
  @Description('The group and version of the workload. Example: apps/v1')
  @IsString()
  @Length(1, 317)
  readonly apiVersion!: string;

  @Description('The kind of the workload. Example: Deployment')
  @IsString()
  @Length(1, 63)
  readonly kind!: string;

  @Description('The name of the workload, in the namespace of the result.')
  @ObjectName()
  readonly name!: string;

  @Description('The uid of the workload.')
  @IsString()
  @Length(1, 128)
  readonly uid!: string;
}

@Description('What the result is about.')
export class XrayScanResultSpec {
  @Description('The workload that the result is about. Its uid changes when it is made anew; the rest never does.')
  @Nested(() => WorkloadReference)
  readonly workloadRef!: WorkloadReference;
}

@Description(
  'What is known of one workload, which rules it breaks, and what was done about it. Written by the operator only.',
)
@CustomResource({ ...xrayScanResults, singular: 'xrayscanresult', shortNames: ['xscan'], categories: ['kubexray'] })
@SelectableField('.status.verdict')
@SelectableField('.status.action')
@PrinterColumn({
  name: 'Kind',
  type: 'string',
  jsonPath: '.spec.workloadRef.kind',
  description: 'The kind of the workload.',
})
@PrinterColumn({
  name: 'Workload',
  type: 'string',
  jsonPath: '.spec.workloadRef.name',
  description: 'The name of the workload.',
})
@PrinterColumn({
  name: 'Verdict',
  type: 'string',
  jsonPath: '.status.verdict',
  description: 'Compliant, Violating, Unscanned, Pending or Unknown.',
})
@PrinterColumn({
  name: 'Critical',
  type: 'integer',
  jsonPath: '.status.summary.critical',
  description: 'Vulnerabilities of severity Critical.',
})
@PrinterColumn({
  name: 'High',
  type: 'integer',
  jsonPath: '.status.summary.high',
  description: 'Vulnerabilities of severity High.',
})
@PrinterColumn({
  name: 'Licenses',
  type: 'string',
  jsonPath: '.status.licensesText',
  description: 'The licenses found in the images.',
})
@PrinterColumn({
  name: 'Action',
  type: 'string',
  jsonPath: '.status.action',
  description: 'What was done about it.',
})
@PrinterColumn({
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'How long ago the result was created.',
})
@PrinterColumn({
  name: 'Images',
  type: 'string',
  jsonPath: '.status.imagesText',
  description: 'The images of the workload.',
  priority: 1,
})
@PrinterColumn({
  name: 'Policy',
  type: 'string',
  jsonPath: '.status.violations[0].policy',
  description: 'The policy whose rule is broken worst.',
  priority: 1,
})
@PrinterColumn({
  name: 'Message',
  type: 'string',
  jsonPath: '.status.message',
  description: 'Where the workload stands, in a sentence.',
  priority: 1,
})
export class XrayScanResult {
  @Description('What the result is about.')
  @Nested(() => XrayScanResultSpec)
  readonly spec!: XrayScanResultSpec;

  @Description('What is known of the workload and what was done about it; written by the operator only.')
  @IsOptional()
  @Nested(() => XrayScanResultStatus)
  readonly status?: XrayScanResultStatus;
}
