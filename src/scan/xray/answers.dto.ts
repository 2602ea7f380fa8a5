// scan/xray: the shapes of Xray's smaller answers (XRAY.md 1, 3.2, 4.1, 5.1, 5.2), as far as they are used.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsNumber, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';

export class PingDto {
  @IsString() status!: string;
}

export class VersionDto {
  @IsString() xray_version!: string;
}

class ComponentIdDto {
  @IsString() package_id!: string;
  @IsString() version!: string;
}

export class ComponentIdsDto {
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ComponentIdDto) ids?: ComponentIdDto[] | null;
}

class MatchedPolicyDto {
  @IsOptional() @IsBoolean() is_ignored?: boolean | null;
}

class IgnoreRuleInfoDto {
  @IsOptional() @IsString() id?: string | null;
  @IsOptional() @IsBoolean() is_expired?: boolean | null;
}

export class ViolationDto {
  @IsOptional() @IsString() violation_id?: string | null;
  @IsOptional() @IsString() issue_id?: string | null;
  @IsOptional() @IsString() type?: string | null;
  @IsOptional() @IsString() created?: string | null;
  @IsOptional() @IsString() watch_name?: string | null;
  @IsOptional() @IsString() violation_details_url?: string | null;
  @IsOptional() @IsArray() @IsString({ each: true }) infected_components?: string[] | null;
  @IsOptional() @IsArray() @IsString({ each: true }) impacted_artifacts?: string[] | null;
  /** This and what follows: with details only. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => MatchedPolicyDto) matched_policies?:
    MatchedPolicyDto[] | null;
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => IgnoreRuleInfoDto)
  ignore_rule_info?: IgnoreRuleInfoDto | null;
}

export class ViolationsDto {
  @IsOptional() @IsNumber() total_violations?: number | null;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ViolationDto) violations?: ViolationDto[] | null;
}

class StatusDto {
  @IsOptional() @IsString() status?: string | null;
}

export class ArtifactStatusDto {
  @IsObject() @ValidateNested() @Type(() => StatusDto) overall!: StatusDto;
}

export class ScanStatusDto {
  @IsOptional() @IsString() status?: string | null;
}

class IgnoredThingDto {
  @IsString() name!: string;
  @IsOptional() @IsString() version?: string | null;
  @IsOptional() @IsString() path?: string | null;
}

class IgnoreFiltersDto {
  @IsOptional() @IsArray() @IsString({ each: true }) vulnerabilities?: string[] | null;
  @IsOptional() @IsArray() @IsString({ each: true }) cves?: string[] | null;
  @IsOptional() @IsArray() @IsString({ each: true }) licenses?: string[] | null;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => IgnoredThingDto) artifacts?:
    IgnoredThingDto[] | null;
}

export class IgnoreRuleDto {
  @IsString() id!: string;
  @IsOptional() @IsString() notes?: string | null;
  @IsOptional() @IsString() expires_at?: string | null;
  @IsOptional() @IsBoolean() is_expired?: boolean | null;
  @IsObject() @ValidateNested() @Type(() => IgnoreFiltersDto) ignore_filters!: IgnoreFiltersDto;
}

export class IgnoreRulesDto {
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => IgnoreRuleDto) data?: IgnoreRuleDto[] | null;
}
