// api: a waiver that ends by itself: what may stay in which workloads, why, and until when.
import {
  Cel,
  type Condition,
  Conditions,
  CustomResource,
  Description,
  LabelSelector,
  ListAtomic,
  ListSet,
  MapAtomic,
  Nested,
  NestedList,
  PrinterColumn,
  Timestamp,
} from '@dot-kube/operator/crd';
import { ArrayMinSize, IsBoolean, IsOptional, IsString, Length } from 'class-validator';
import { AgeColumn } from './columns.js';
import { xrayExceptions } from './coordinates.js';
import { Count, EachWritten, ObjectName, TextList, Written } from './fields.js';
import { ImagePatterns, VulnerabilityIds } from './policy-rules.js';

const KIND = /^[A-Z][A-Za-z0-9]*$/;

@Description('One workload of the namespace.')
export class ExceptionWorkload {
  @Description('The kind of the workload. Example: Deployment')
  @IsString()
  @Length(1, 63)
  @Written(KIND, 'write the kind as it stands in a manifest, as in Deployment')
  readonly kind!: string;

  @Description('The name of the workload.')
  @ObjectName()
  readonly name!: string;
}

@Description('What is waived, for which workloads or images of the namespace, why, and until when.')
@Cel(
  'has(self.workloadSelector) || has(self.workloads) || has(self.images)',
  'the exception says for nothing that it holds; set at least one of workloadSelector, workloads and images',
)
@Cel(
  'has(self.vulnerabilities) || has(self.licenses) || (has(self.unscanned) && self.unscanned)',
  'the exception waives nothing; set at least one of vulnerabilities, licenses and unscanned: true',
)
export class XrayExceptionSpec {
  @Description(
    'For which workloads it holds, by the labels of the pod template; empty: all of the namespace. Of workloadSelector, ' +
      'workloads and images, all that are set must match.',
  )
  @IsOptional()
  @Nested(() => LabelSelector)
  @MapAtomic()
  readonly workloadSelector?: LabelSelector;

  @Description('For which workloads it holds, by kind and name.')
  @IsOptional()
  @NestedList(() => ExceptionWorkload, { max: 100 })
  @ArrayMinSize(1)
  @ListAtomic()
  readonly workloads?: readonly ExceptionWorkload[];

  @Description(
    'For which images it holds, as patterns on the whole reference (* stands for any text, ? for one character), or digests. ' +
      'Example: acme.jfrog.io/docker/shop:1.*, sha256:…',
  )
  @IsOptional()
  @ImagePatterns({ minItems: 1, maxItems: 100 })
  readonly images?: readonly string[];

  @Description(
    'Vulnerabilities that are waived, by CVE or Xray id. A finding with several CVEs is waived where its Xray id is named, or ' +
      'all of its CVEs are. Example: CVE-2021-44228, XRAY-94543',
  )
  @IsOptional()
  @VulnerabilityIds({ minItems: 1, maxItems: 500 })
  readonly vulnerabilities?: readonly string[];

  @Description(
    'Licenses that are waived, as SPDX ids or names in Xray, each by its whole name: patterns are not taken. Unknown stands ' +
      'for components whose license Xray does not recognise.',
  )
  @IsOptional()
  @TextList({ minItems: 1, maxItems: 200, minLength: 1, maxLength: 256 })
  @EachWritten(/^[^*?]+$/, 'an exception names each license in full; replace patterns by names, as in AGPL-3.0-only')
  @ListSet()
  readonly licenses?: readonly string[];

  @Description('true: images may run without a scan.')
  @IsOptional()
  @IsBoolean()
  readonly unscanned?: boolean;

  @Description('Why, for whoever comes upon it later. Example: not reachable, see SEC-1234; fixed with release 2.3')
  @IsString()
  @Length(1, 1024)
  @Written(/\S/, 'say why in a few words')
  readonly reason!: string;

  @Description(
    'When it ends, to the second: at this time it no longer holds. Counted from its creation, it may be longer than a ' +
      'ClusterXrayPolicy allows; it then waives nothing of that policy. Example: 2027-01-31T00:00:00Z',
  )
  @Timestamp()
  // The API server takes an empty list for a date-time; a rule has to read the time, and refuses it.
  @Cel("self > timestamp('2000-01-01T00:00:00Z')", 'write a time of this century, as in 2027-01-31T00:00:00Z')
  readonly expiresAt!: string;
}

@Description('What the exception waives now.')
export class Waives {
  @Description('Workloads with at least one violation that it waives.')
  @Count()
  readonly workloads!: number;

  @Description('Violations that it waives, over all workloads and policies.')
  @Count()
  readonly violations!: number;

  @Description(
    'Violations that it names and may not waive, because their policy forbids it or allows only a shorter time.',
  )
  @Count()
  readonly refused!: number;
}

@Description('Whether the exception holds, and what it waives now; written by the operator only.')
export class XrayExceptionStatus {
  @Description('The metadata.generation that this status was computed from.')
  @IsOptional()
  @Count()
  readonly observedGeneration?: number;

  @Description(
    'Ready: the summary. Active: it has not expired. Effective: it waives something now. Refused: the platform forbids ' +
      'something of what it names; there only while that is so.',
  )
  @Conditions()
  readonly conditions?: readonly Condition[];

  @Description('What it waives now; absent until all workloads have been judged once.')
  @IsOptional()
  @Nested(() => Waives)
  readonly waives?: Waives;
}

@Description(
  'A waiver for images of its namespace. It waives only what it names, only until it expires, and never what a ' +
    'ClusterXrayPolicy does not allow to be waived.',
)
@CustomResource({ ...xrayExceptions, singular: 'xrayexception', shortNames: ['xexc'], categories: ['kubexray'] })
@PrinterColumn({
  name: 'State',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  description: 'Active, Expired, WaivesNothing, RefusedByPolicy or InvalidExpiry.',
})
@PrinterColumn({ name: 'Expires', type: 'string', jsonPath: '.spec.expiresAt', description: 'When it ends.' })
@PrinterColumn({
  name: 'Workloads',
  type: 'integer',
  jsonPath: '.status.waives.workloads',
  description: 'Workloads with a violation that it waives.',
})
@PrinterColumn({
  name: 'Violations',
  type: 'integer',
  jsonPath: '.status.waives.violations',
  description: 'Violations that it waives.',
})
@PrinterColumn({ name: 'Reason', type: 'string', jsonPath: '.spec.reason', description: 'Why it was granted.' })
@AgeColumn('it')
@PrinterColumn({
  name: 'Refused',
  type: 'integer',
  jsonPath: '.status.waives.refused',
  description: 'Violations that it names and may not waive.',
  priority: 1,
})
@PrinterColumn({
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  description: 'How it stands, in a sentence.',
  priority: 1,
})
export class XrayException {
  @Description('What is waived, for which workloads or images of the namespace, why, and until when.')
  @Nested(() => XrayExceptionSpec)
  readonly spec!: XrayExceptionSpec;

  @Description('Whether the exception holds, and what it waives now; written by the operator only.')
  @IsOptional()
  @Nested(() => XrayExceptionStatus)
  readonly status?: XrayExceptionStatus;
}
