// observe: what is read of each of Kubernetes' own kinds, so that it can be watched as protobuf: the numbers are those of `generated.proto`
// in k8s.io/api. A projection sees no more of an object than is in its shape.
import {
  bool,
  embedding,
  int,
  labelSelector,
  list,
  message,
  metadata,
  nested,
  text,
  textMap,
  type Wire,
} from '@dot-kube/operator/protobuf';

/** For kinds of which no more is kept than of every object. */
export const onlyMetadata = message({ metadata: metadata() });

const container = message({ name: text(1, 'required'), image: text(2) });
const reference = message({ name: text(1) });
const containerStatus = message({ name: text(1, 'required'), imageID: text(7, 'required') });

export const pod = message({
  metadata: metadata('annotations', 'ownerReferences'),
  spec: nested(
    2,
    message({
      containers: list(2, container),
      nodeName: text(10),
      imagePullSecrets: list(15, reference),
      initContainers: list(20, container),
      ephemeralContainers: list(34, embedding(1, container, {})),
    }),
  ),
  status: nested(
    3,
    message({
      phase: text(1),
      containerStatuses: list(8, containerStatus),
      initContainerStatuses: list(10, containerStatus),
      ephemeralContainerStatuses: list(13, containerStatus),
    }),
  ),
});

const template = message({
  metadata: metadata('labels'),
  spec: nested(
    2,
    message({
      containers: list(2, container),
      nodeSelector: textMap(7),
      serviceAccountName: text(8),
      imagePullSecrets: list(15, reference),
      initContainers: list(20, container),
    }),
  ),
});

/** Of a workload: who set its fields is told by who owns them. */
const workload = metadata('annotations', 'generation', 'managedFields', 'ownerReferences');

export const deployment = message({
  metadata: workload,
  spec: nested(
    2,
    message({ replicas: int(1, 'pointer'), template: nested(3, template), paused: bool(7, 'omitempty') }),
  ),
  status: nested(3, message({ observedGeneration: int(1, 'omitempty') })),
});

export const statefulSet = message({
  metadata: workload,
  spec: nested(
    2,
    message({
      replicas: int(1, 'pointer'),
      template: nested(3, template),
      updateStrategy: nested(7, message({ type: text(1) })),
      persistentVolumeClaimRetentionPolicy: nested(10, message({ whenDeleted: text(1), whenScaled: text(2) })),
    }),
  ),
  status: nested(3, message({ observedGeneration: int(1, 'omitempty'), updateRevision: text(7) })),
});

export const daemonSet = message({
  metadata: workload,
  spec: nested(2, message({ template: nested(2, template) })),
  status: nested(3, message({ observedGeneration: int(5, 'omitempty') })),
});

/** And ReplicationController, whose fields have the same numbers. */
export const replicaSet = message({
  metadata: workload,
  spec: nested(2, message({ replicas: int(1, 'pointer'), template: nested(3, template) })),
  status: nested(3, message({ observedGeneration: int(3, 'omitempty') })),
});

const jobSpec = message({ template: nested(6, template), suspend: bool(10, 'pointer') });

export const job = message({
  metadata: workload,
  spec: nested(2, jobSpec),
  status: nested(
    3,
    message({ conditions: list(1, message({ type: text(1, 'required'), status: text(2, 'required') })) }),
  ),
});

export const cronJob = message({
  metadata: workload,
  spec: nested(
    2,
    message({ suspend: bool(4, 'pointer'), jobTemplate: nested(5, message({ spec: nested(2, jobSpec) })) }),
  ),
});

export const budget = message({
  metadata: metadata(),
  spec: nested(2, message({ selector: nested(2, labelSelector) })),
  status: nested(3, message({ disruptionsAllowed: int(3, 'pointer') })),
});

/** What of a pod template is read, here or elsewhere. */
export type WireTemplate = Wire<typeof template>;
export type WireDeployment = Wire<typeof deployment>;
export type WireStatefulSet = Wire<typeof statefulSet>;
export type WireDaemonSet = Wire<typeof daemonSet>;
export type WireReplicaSet = Wire<typeof replicaSet>;
export type WireJob = Wire<typeof job>;
export type WireCronJob = Wire<typeof cronJob>;
export type WirePod = Wire<typeof pod>;
export type WireSelector = Wire<typeof labelSelector>;
