// scan/xray: the shape of the artifact summary (XRAY.md 2.2), as far as it is used. Empty arrays may be [], null or absent.
import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested, validateSync, type ValidationError } from 'class-validator';

class CveDto {
  @IsOptional() @IsString() cve?: string | null;
  @IsOptional() @IsString() cvss_v2?: string | null;
  @IsOptional() @IsString() cvss_v3?: string | null;
}

class ComponentDto {
  @IsOptional() @IsArray() @IsString({ each: true }) fixed_versions?: string[] | null;
}

class ApplicabilityDto {
  @IsOptional() @IsString() result?: string | null;
}

export class IssueDto {
  @IsOptional() @IsString() issue_id?: string | null;
  @IsOptional() @IsString() summary?: string | null;
  @IsOptional() @IsString() severity?: string | null;
  @IsOptional() @IsString() issue_type?: string | null;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => CveDto) cves?: CveDto[] | null;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ComponentDto) components?: ComponentDto[] | null;
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ApplicabilityDto)
  applicability_details?: ApplicabilityDto[] | null;
}

export class LicenseDto {
  @IsString() name!: string;
}

class GeneralDto {
  @IsString() sha256!: string;
  @IsOptional() @IsString() path?: string | null;
}

export class ArtifactDto {
  @ValidateNested() @Type(() => GeneralDto) general!: GeneralDto;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => IssueDto) issues?: IssueDto[] | null;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => LicenseDto) licenses?: LicenseDto[] | null;
}

class UnknownDto {
  @IsString() identifier!: string;
  @IsOptional() @IsString() error?: string | null;
}

export class SummaryDto {
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ArtifactDto) artifacts?: ArtifactDto[] | null;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => UnknownDto) errors?: UnknownDto[] | null;
}

export class VersionDto {
  @IsString() xray_version!: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** @returns the problem with the path of the field, as in `artifacts.0.general.sha256 must be a string` */
export function parseAnswer<T extends object>(shape: new () => T, json: unknown): Parsed<T> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { ok: false, problem: 'it is no object' };
  const value = plainToInstance(shape, json);
  const [problem] = validateSync(value).map((error) => firstProblem(error, ''));
  return problem === undefined ? { ok: true, value } : { ok: false, problem };
}

function firstProblem({ property, constraints, children }: ValidationError, above: string): string {
  const path = above + property;
  const [child] = children ?? [];
  if (child !== undefined) return firstProblem(child, `${path}.`);
  return `${above}${Object.values(constraints ?? {})[0] ?? `${property} is wrong`}`;
}
