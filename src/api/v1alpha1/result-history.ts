// api: what a result keeps of what was done to its workload: a line for each act, and the manifest of a workload that was deleted.
import { Description, ListAtomic, NestedList, Timestamp } from '@dot-kube/operator/crd';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { Count, Text, TextList } from './fields.js';
import { MAX_MANIFEST } from './result-limits.js';
import {
  ENFORCEMENT_PHASES,
  type EnforcementPhase,
  HISTORY_ACTS,
  type HistoryAct,
  POLICY_KINDS,
  type PolicyKind,
} from './vocabulary.js';

@Description('A policy that asked for the act.')
export class ActAsker {
  @Description('The kind of the policy: XrayPolicy or ClusterXrayPolicy.')
  @IsIn(POLICY_KINDS)
  readonly policyKind!: PolicyKind;

  @Description('The policy: namespace/name of an XrayPolicy, the name of a ClusterXrayPolicy.')
  @Text(512)
  readonly policy!: string;

  @Description('The metadata.generation of the policy that was in force.')
  @Count()
  readonly generation!: number;

  @Description('Somebody had approved this generation (annotation kubexray.io/approve), so the brake let it pass.')
  @IsOptional()
  @IsBoolean()
  readonly approved?: boolean;
}

@Description('What was known of an image when it was acted.')
export class ActFacts {
  @Description('The digest of the image.')
  @Text(128)
  readonly digest!: string;

  @Description('What it was acted for: CVE or Xray ids, names of licenses, or unscanned; ten at most, the worst first.')
  @TextList({ maxItems: 10, maxLength: 256 })
  @ListAtomic()
  readonly ids!: readonly string[];

  @Description('When Xray last said so; absent where that is not known.')
  @IsOptional()
  @Timestamp()
  readonly saidAt?: string;
}

@Description(
  'Something that was done to the workload: by whom it was asked for, on which facts, and what there was before.',
)
export class HistoryLine {
  @Description('When it was done, or requested.')
  @Timestamp()
  readonly at!: string;

  @Description(
    'ScaledDown, Suspended, Deleted, RolledBack, Restored: done by the operator. Released: the stop or the rollback ended because somebody ' +
      'else took the workload over. Recreated: the workload was deleted, and somebody made it anew.',
  )
  @IsIn(HISTORY_ACTS)
  readonly act!: HistoryAct;

  @Description('Requested: about to be done, or not known to be done. Done: the API server has confirmed it.')
  @IsIn(ENFORCEMENT_PHASES)
  readonly outcome!: EnforcementPhase;

  @Description('The uid of the workload that it was done to.')
  @Text(128)
  readonly workloadUid!: string;

  @Description('What there was before. Example: replicas: 3')
  @IsOptional()
  @Text(256)
  readonly before?: string;

  @Description('How often it was done, where somebody else undid it and it was done again.')
  @IsOptional()
  @Count()
  readonly times?: number;

  @Description('When it was done last, where it was done again.')
  @IsOptional()
  @Timestamp()
  readonly lastAt?: string;

  @Description('The field manager that undid it last, where that is known.')
  @IsOptional()
  @Text(128)
  readonly undoneBy?: string;

  @Description('The policies that asked for it, five at most.')
  @IsOptional()
  @NestedList(() => ActAsker, { max: 5 })
  @ListAtomic()
  readonly askedBy?: readonly ActAsker[];

  @Description('What was known of the images that it was done for, five at most.')
  @IsOptional()
  @NestedList(() => ActFacts, { max: 5 })
  @ListAtomic()
  readonly facts?: readonly ActFacts[];

  @Description('What was done and why, in a sentence.')
  @Text(1024)
  readonly message!: string;
}

@Description('The manifest of the workload that was deleted, for kubexray restore.')
export class DeletedManifest {
  @Description('The manifest as JSON, without what the API server had set, compressed by gzip, in base64.')
  @Text(MAX_MANIFEST)
  readonly gzip!: string;

  @Description('How many values of environment variables were left out of it.')
  @Count()
  readonly envValuesLeftOut!: number;
}
