// scan/xray: the shape of the artifact summary (XRAY.md 2.2), as far as it is used. Empty arrays may be [], null or absent.
// The elements of `issues` and `licenses` are held against their own shapes one by one, as they come in.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';

class CveDto {
  @IsOptional() @IsString() cve?: string | null;
  @IsOptional() @IsString() cvss_v2?: string | null;
  @IsOptional() @IsString() cvss_v3?: string | null;
  @IsOptional() @IsString() cvss_v4?: string | null;
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

class ArtifactDto {
  @IsObject() @ValidateNested() @Type(() => GeneralDto) general!: GeneralDto;
  @IsOptional() @IsArray() issues?: unknown[] | null;
  @IsOptional() @IsArray() licenses?: unknown[] | null;
}

class UnknownDto {
  @IsString() identifier!: string;
  @IsOptional() @IsString() error?: string | null;
}

export class SummaryDto {
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ArtifactDto) artifacts?: ArtifactDto[] | null;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => UnknownDto) errors?: UnknownDto[] | null;
}
