// api: what is said of one workload: its images, what they break, and what was done about it.
import {
  type Condition,
  Conditions,
  Description,
  ListAtomic,
  Nested,
  NestedList,
  Timestamp,
} from '@dot-kube/operator/crd';
import { IsIn, IsOptional } from 'class-validator';
import { Count, Text, TextList } from './fields.js';
import { Notified } from './notify.js';
import { DeletedManifest, HistoryLine } from './result-history.js';
import { KnownRevision, RolledBack } from './result-revision.js';
import { RememberedViolations, ResultViolation, ResultWaived } from './result-violation.js';
import {
  type Asker,
  ASKERS,
  CONTAINER_KINDS,
  type ContainerKind,
  ENFORCEMENT_ACTIONS,
  ENFORCEMENT_PHASES,
  type EnforcementAction,
  type EnforcementPhase,
  IMAGE_REVISIONS,
  IMAGE_STATES,
  type ImageRevision,
  type ImageState,
  RESULT_ACTIONS,
  type ResultAction,
  type ResultVerdict,
  VERDICTS,
} from './vocabulary.js';

// A refused status tells nobody anything: limits on texts are wide, those on lists keep a result far below etcd's 1.5 MiB.
const REFERENCE = 2048;
const MESSAGE = 4096;

@Description('How many distinct vulnerabilities the images of the current revision have, by severity.')
export class SeverityCounts {
  @Description('Vulnerabilities of severity Critical.')
  @Count()
  readonly critical!: number;

  @Description('Vulnerabilities of severity High.')
  @Count()
  readonly high!: number;

  @Description('Vulnerabilities of severity Medium.')
  @Count()
  readonly medium!: number;

  @Description('Vulnerabilities of severity Low.')
  @Count()
  readonly low!: number;

  @Description('Vulnerabilities that have no severity yet.')
  @Count()
  readonly unknown!: number;
}

@Description('A container that runs the image.')
export class ResultContainer {
  @Description('The name of the container in the pod template.')
  @Text(253)
  readonly name!: string;

  @Description('Container, InitContainer or EphemeralContainer.')
  @IsIn(CONTAINER_KINDS)
  readonly kind!: ContainerKind;
}

@Description("A finding that one of Xray's ignore rules excuses now.")
export class IgnoredFinding {
  @Description('A CVE or Xray id, or the name of a license.')
  @Text(REFERENCE)
  readonly id!: string;

  @Description('When the rule expires and the finding counts again. Absent: it does not expire.')
  @IsOptional()
  @Timestamp()
  readonly until?: string;
}

@Description('An image of the workload.')
export class ResultImage {
  @Description('The image as written in the pod template. Example: acme.jfrog.io/docker/shop:1.4')
  @Text(REFERENCE)
  readonly reference!: string;

  @Description('The digest that runs, which is what Xray is asked about; absent until a node has pulled the image.')
  @IsOptional()
  @Text(128)
  readonly digest?: string;

  @Description('The containers that run the image.')
  @NestedList(() => ResultContainer, { max: 100 })
  @ListAtomic()
  readonly containers!: readonly ResultContainer[];

  @Description('Current: of the current pod template. Previous: of an older one that a rollout has not replaced yet.')
  @IsIn(IMAGE_REVISIONS)
  readonly revision!: ImageRevision;

  @Description(
    'Scanned: Xray has facts. Unscanned: Xray was asked and has none. Pending: not asked yet, or no digest yet. ' +
      'Unavailable: Xray could not be asked and nothing is known from before.',
  )
  @IsIn(IMAGE_STATES)
  readonly state!: ImageState;

  @Description('More about the state, in a sentence.')
  @IsOptional()
  @Text(MESSAGE)
  readonly message?: string;

  @Description('When the image was first seen on this workload; the grace period for its scan counts from here.')
  @Timestamp()
  readonly firstSeen!: string;

  @Description(
    'When Xray last gave the facts, to within a day; to the second once it could not be asked again or has forgotten the image. ' +
      'What was found then stays in force.',
  )
  @IsOptional()
  @Timestamp()
  readonly factsAt?: string;

  @Description("What Xray's ignore rules excuse in the image, twenty at most; it counts for no policy.")
  @IsOptional()
  @NestedList(() => IgnoredFinding, { max: 20 })
  @ListAtomic()
  readonly ignoredInXray?: readonly IgnoredFinding[];
}

@Description('A new stop that nobody approved, as the brake counts it.')
export class CountedStop {
  @Description('When it was stopped; putting it back does not end the count.')
  @Timestamp()
  readonly at!: string;

  @Description("Platform: a ClusterXrayPolicy asked for it. Team: only XrayPolicies of the workload's namespace did.")
  @IsIn(ASKERS)
  readonly asker!: Asker;
}

@Description('The last thing that the operator did to the workload.')
export class Enforcement {
  @Description(
    'ScaledDown, Suspended, Deleted, RolledBack, Restored, or Released: the stop or the rollback ended because somebody else took the ' +
      'workload over.',
  )
  @IsIn(ENFORCEMENT_ACTIONS)
  readonly action!: EnforcementAction;

  @Description('Requested: about to be done, or not known to be done. Done: the API server has confirmed it.')
  @IsIn(ENFORCEMENT_PHASES)
  readonly phase!: EnforcementPhase;

  @Description('When it was requested or done.')
  @Timestamp()
  readonly at!: string;

  @Description('The uid of the workload that it was done to; a workload of the same name made later has another.')
  @Text(128)
  readonly workloadUid!: string;

  @Description(
    'The replicas that the workload had before, to which it goes back; absent where it is stopped by other means.',
  )
  @IsOptional()
  @Count()
  readonly replicas?: number;

  @Description('Why, in one CamelCase word.')
  @Text(1024)
  readonly reason!: string;

  @Description('Why, in a sentence.')
  @Text(MESSAGE)
  readonly message!: string;

  @Description('How many times it was done, counting those that something else undid.')
  @Count()
  readonly attempts!: number;

  @Description('Between which revisions it was rolled back last; absent where it was not.')
  @IsOptional()
  @Nested(() => RolledBack)
  readonly rollback?: RolledBack;

  @Description('What the brake counts of it; absent where the stop was approved.')
  @IsOptional()
  @Nested(() => CountedStop)
  readonly counted?: CountedStop;
}

@Description('Somebody ends the stop again and again.')
export class Contention {
  @Description('The field manager that did so last, by metadata.managedFields; empty where these do not tell.')
  @Text(128)
  readonly manager!: string;

  @Description('How many times it was put back since.')
  @Count()
  readonly times!: number;

  @Description('When the stop was made that was put back first.')
  @Timestamp()
  readonly since!: string;
}

@Description('What is known of the workload and what was done about it; written by the operator only.')
export class XrayScanResultStatus {
  @Description('The metadata.generation that this status was computed from.')
  @IsOptional()
  @Count()
  readonly observedGeneration?: number;

  @Description(
    'Compliant: no rule is broken. Violating: a security or license rule is. Unscanned: an image has no scan. ' +
      'Pending: an answer or a grace period is awaited. Unknown: Xray could not be asked, which is no verdict.',
  )
  @IsOptional()
  @IsIn(VERDICTS)
  readonly verdict?: ResultVerdict;

  @Description(
    'None: nothing to do. Audited: what would have been done is in the violations. Ignored: the policies ask for a report only. ' +
      'ScaledDown, Suspended (Jobs and CronJobs), Deleted, Restored, RolledBack: done by the operator. Held: due, but held back; message says why.',
  )
  @IsOptional()
  @IsIn(RESULT_ACTIONS)
  readonly action?: ResultAction;

  @Description('Where the workload stands, in a sentence.')
  @IsOptional()
  @Text(MESSAGE)
  readonly message?: string;

  @Description('How many distinct vulnerabilities the images of the current revision have, by severity.')
  @IsOptional()
  @Nested(() => SeverityCounts)
  readonly summary?: SeverityCounts;

  @Description('The licenses found in the images, a hundred at most.')
  @IsOptional()
  @TextList({ maxItems: 100, maxLength: 256 })
  @ListAtomic()
  readonly licenses?: readonly string[];

  @Description('The licenses in one line, for the column of kubectl get.')
  @IsOptional()
  @Text(32_768)
  readonly licensesText?: string;

  @Description('The images of the workload, a hundred at most.')
  @IsOptional()
  @NestedList(() => ResultImage, { max: 100 })
  @ListAtomic()
  readonly images?: readonly ResultImage[];

  @Description('The images in one line, for the column of kubectl get.')
  @IsOptional()
  @Text(262_144)
  readonly imagesText?: string;

  @Description('How the workload breaks rules, the worst first, fifty at most.')
  @IsOptional()
  @NestedList(() => ResultViolation, { max: 50 })
  @ListAtomic()
  readonly violations?: readonly ResultViolation[];

  @Description('How many more violations there are than violations shows.')
  @IsOptional()
  @Count()
  readonly violationsOmitted?: number;

  @Description('Violations that exceptions waive, the first to end first, fifty at most.')
  @IsOptional()
  @NestedList(() => ResultWaived, { max: 50 })
  @ListAtomic()
  readonly waived?: readonly ResultWaived[];

  @Description('How many more violations are waived than waived shows.')
  @IsOptional()
  @Count()
  readonly waivedOmitted?: number;

  @Description(
    'Since when there are the violations that the lists above leave out, those of older revisions among them, two thousand at most.',
  )
  @IsOptional()
  @NestedList(() => RememberedViolations, { max: 200 })
  @ListAtomic()
  readonly remembered?: readonly RememberedViolations[];

  @Description(
    'Which digests the last revisions that complied ran, the newest first; only where a policy with rollback selects the workload. ' +
      'Once its pods are gone, nobody else can tell what a tag had meant.',
  )
  @IsOptional()
  @NestedList(() => KnownRevision, { max: 3 })
  @ListAtomic()
  readonly knownRevisions?: readonly KnownRevision[];

  @Description('The last thing that the operator did to the workload; absent where it did nothing.')
  @IsOptional()
  @Nested(() => Enforcement)
  readonly enforcement?: Enforcement;

  @Description(
    'What was done to the workload, the newest first, ten lines at most; those of former workloads of its name included.',
  )
  @IsOptional()
  @NestedList(() => HistoryLine, { max: 10 })
  @ListAtomic()
  readonly history?: readonly HistoryLine[];

  @Description('The manifest of the workload; only after it was deleted, and absent where it is too large to be kept.')
  @IsOptional()
  @Nested(() => DeletedManifest)
  readonly deletedManifest?: DeletedManifest;

  @Description('Who ends the stop again and again, and how often; absent once nobody has for two hours.')
  @IsOptional()
  @Nested(() => Contention)
  readonly contention?: Contention;

  @Description(
    'Tells what Xray was told of the workload last, so that it is told once; only where the connection asks for it.',
  )
  @IsOptional()
  @Text(64)
  readonly toldXray?: string;

  @Description(
    'What receivers of messages were told of the workload, so that each is told once; only where a policy has notify.',
  )
  @IsOptional()
  @NestedList(() => Notified, { max: 50 })
  @ListAtomic()
  readonly notified?: readonly Notified[];

  @Description(
    'Scanned: Xray has facts on every image. SecurityCompliant and LicenseCompliant: no such rule is broken. ' +
      'Enforced: what is due has been done. Contended: somebody puts it back; only where somebody did. ' +
      'Paused: KEDA leaves it alone while it is stopped; only where the operator is told to pause KEDA. Ready: the summary.',
  )
  @Conditions()
  readonly conditions?: readonly Condition[];
}
