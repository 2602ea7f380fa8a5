// api: which revisions of its workload a result knows, and between which it was rolled back.
import { Description, ListAtomic, ListSet, Nested, NestedList, Timestamp } from '@dot-kube/operator/crd';
import { Count, Text, TextList } from './fields.js';

@Description('An image that a revision ran.')
export class RevisionImage {
  @Description('The image as written in the pod template.')
  @Text(2048)
  readonly reference!: string;

  @Description('The digest that it had when the revision ran it last.')
  @Text(128)
  readonly digest!: string;
}

@Description('A revision that complied when it was the current one.')
export class KnownRevision {
  @Description('The ReplicaSet or ControllerRevision that keeps it.')
  @Text(253)
  readonly name!: string;

  @Description('All images that it ran.')
  @NestedList(() => RevisionImage, { max: 20 })
  @ListAtomic()
  readonly images!: readonly RevisionImage[];
}

@Description('A revision of the workload.')
export class RevisionReference {
  @Description('The ReplicaSet or ControllerRevision that keeps it; empty where none had been made of it yet.')
  @Text(253)
  readonly name!: string;

  @Description('Its number in the history when the rollback was made, as kubectl rollout history shows it.')
  @Count()
  readonly number!: number;
}

@Description('A rollback that the operator made.')
export class RolledBack {
  @Description('The revision that ran before.')
  @Nested(() => RevisionReference)
  readonly from!: RevisionReference;

  @Description('The revision whose pod template was put back.')
  @Nested(() => RevisionReference)
  readonly to!: RevisionReference;

  @Description('When the rollback was made.')
  @Timestamp()
  readonly at!: string;

  @Description(
    'The digests for which it was made. Whoever brings them back within two hours has the workload scaled down.',
  )
  @TextList({ maxItems: 50, maxLength: 128 })
  @ListSet()
  readonly digests!: readonly string[];
}
