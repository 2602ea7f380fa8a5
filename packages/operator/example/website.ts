// The resource of the example: the one source of its CRD, its type and its validation.
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { type Condition, Conditions, CustomResource, Default, Nested } from '@dot-kube/operator/crd';

/** What the site shows. */
export class WebsiteSpec {
  /** The text of each page. */
  @IsString()
  @MaxLength(1024)
  readonly text!: string;

  /** How many pages there are. */
  @IsInt()
  @Min(1)
  @Max(10)
  @Default(1)
  readonly pages?: number;
}

/** How the site stands. */
export class WebsiteStatus {
  /** Ready: every page has the text of the spec. */
  @Conditions()
  readonly conditions?: readonly Condition[];
}

const names = { kind: 'Website', plural: 'websites', singular: 'website', shortNames: ['web'], categories: ['all'] };

/** A site whose pages are ConfigMaps. */
@CustomResource({ group: 'example.com', version: 'v1', namespaced: true, ...names })
export class Website {
  /** What it is to be. */
  @Nested(() => WebsiteSpec)
  readonly spec!: WebsiteSpec;

  /** What it is. */
  @IsOptional()
  @Nested(() => WebsiteStatus)
  readonly status?: WebsiteStatus;
}
