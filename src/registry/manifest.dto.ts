// registry: the shapes of a registry's answers (OCI image and distribution specifications), as far as they are used.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Matches, ValidateNested } from 'class-validator';

class PlatformDto {
  @IsString() os!: string;
  @IsString() architecture!: string;
  @IsOptional() @IsString() variant?: string | null;
}

class IndexEntryDto {
  @Matches(/^sha256:[0-9a-f]{64}$/) digest!: string;
  @IsOptional() @ValidateNested() @Type(() => PlatformDto) platform?: PlatformDto | null;
}

export class ManifestDto {
  @IsOptional() @IsInt() schemaVersion?: number | null;
  @IsOptional() @IsString() mediaType?: string | null;
  /** Of an index only. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => IndexEntryDto) manifests?:
    IndexEntryDto[] | null;
}

export class TokenDto {
  @IsOptional() @IsString() token?: string | null;
  @IsOptional() @IsString() access_token?: string | null;
}
