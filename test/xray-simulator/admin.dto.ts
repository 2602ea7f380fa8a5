// xray-simulator: the shapes of its admin API and of its seed file. What an issue holds beyond these fields is passed on as it is.
import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmptyObject,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
  validateSync,
  type ValidationError,
} from 'class-validator';
import { SCAN_STATUSES, type ScanStatus } from './catalog.js';

const DIGEST = /^sha256:[0-9a-fA-F]{64}$/;

class CveDto {
  @IsOptional() @IsString() cve?: string;
  @IsOptional() @IsString() cvss_v2?: string;
  @IsOptional() @IsString() cvss_v3?: string;
  @IsOptional() @IsString() cvss_v4?: string;
}

class ComponentDto {
  @IsString() component_id!: string;
  @IsArray() @IsString({ each: true }) fixed_versions!: string[];
}

export class IssueDto {
  @IsString() issue_id!: string;
  @IsString() summary!: string;
  @IsString() severity!: string;
  @IsOptional() @IsString() issue_type?: string;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => CveDto) cves?: CveDto[];
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ComponentDto) components?: ComponentDto[];
}

class ScanStepDto {
  @IsIn(SCAN_STATUSES) status!: ScanStatus;
  @IsInt() @Min(0) forMs!: number;
}

export class ArtifactDto {
  @IsOptional() @IsString() componentId?: string;
  @IsOptional() @IsString() path?: string;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => IssueDto) issues?: IssueDto[];
  @IsOptional() @IsArray() @IsString({ each: true }) licenses?: string[];
  @IsOptional() @IsBoolean() watched?: boolean;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ScanStepDto) scan?: ScanStepDto[];
}

export class PutRequest {
  @Matches(DIGEST) digest!: string;
  @IsObject() @ValidateNested() @Type(() => ArtifactDto) artifact!: ArtifactDto;
}

export class IssueRequest {
  @Matches(DIGEST) digest!: string;
  @IsNotEmptyObject() @ValidateNested() @Type(() => IssueDto) issue!: IssueDto;
}

export class LicenseRequest {
  @Matches(DIGEST) digest!: string;
  @IsString() license!: string;
}

export class WatchRequest {
  @Matches(DIGEST) digest!: string;
}

export class ForgetRequest {
  @Matches(DIGEST) digest!: string;
}

export class FaultsRequest {
  @IsOptional() @IsString() path?: string;
  @IsOptional() @IsInt() @Min(100) @Max(599) status?: number;
  @IsOptional() @IsString() body?: string;
  @IsOptional() @IsObject() headers?: Record<string, string>;
  @IsOptional() @IsInt() @Min(0) delayMs?: number;
  @IsOptional() @IsBoolean() cut?: boolean;
  @IsOptional() @IsInt() clockOffsetMs?: number;
  @IsOptional() @IsBoolean() old?: boolean;
  @IsOptional() @IsString() version?: string;
  @IsOptional() @IsBoolean() listsIgnored?: boolean;
  @IsOptional() @IsBoolean() twice?: boolean;
  @IsOptional() @IsIn(['empty', 'null', 'absent']) noErrors?: 'empty' | 'null' | 'absent';
}

class IgnoreRuleDto {
  @IsString() id!: string;
  @IsOptional() @IsString() notes?: string;
  @IsOptional() @IsString() expires_at?: string;
  @IsObject() ignore_filters!: Record<string, unknown[]>;
}

export class IgnoreRulesRequest {
  @IsArray() @ValidateNested({ each: true }) @Type(() => IgnoreRuleDto) rules!: IgnoreRuleDto[];
}

export class HookRequest {
  /** Absent: no more hooks. */
  @IsOptional() @IsString() url?: string;
  @IsOptional() @IsObject() headers?: Record<string, string>;
  @IsOptional() @IsIn(['today', '2021']) form?: 'today' | '2021';
}

class BasicDto {
  @IsString() username!: string;
  @IsString() password!: string;
}

export class DemandsRequest {
  @IsOptional() @IsString() accessToken?: string;
  @IsOptional() @ValidateNested() @Type(() => BasicDto) basic?: BasicDto;
  @IsOptional() @IsString() apiKey?: string;
}

export class AskedRequest {
  @Matches(DIGEST) digest!: string;
}

export class AskedAnswer {
  @IsInt() @Min(0) times!: number;
}

export class ToldAnswer {
  @IsArray() @IsObject({ each: true }) told!: object[];
}

export class RequestsAnswer {
  @IsArray() @IsString({ each: true }) requests!: string[];
}

/** @throws Error that names the field */
export function shaped<T extends object>(shape: new () => T, json: unknown): T {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('it is no object');
  const value = plainToInstance(shape, json);
  const [problem] = validateSync(value);
  if (problem !== undefined) throw new Error(firstProblem(problem, ''));
  return value;
}

function firstProblem({ property, constraints, children }: ValidationError, above: string): string {
  const [child] = children ?? [];
  if (child !== undefined) return firstProblem(child, `${above}${property}.`);
  return `${above}${Object.values(constraints ?? {})[0] ?? `${property} is wrong`}`;
}
