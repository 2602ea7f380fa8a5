// api: where Xray is and how often to ask it. The operator reads the one connection that its configuration names.
import {
  Cel,
  type Condition,
  Conditions,
  CustomResource,
  Default,
  Description,
  Nested,
  PrinterColumn,
  Timestamp,
} from '@dot-kube/operator/crd';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { AgeColumn, MessageColumn, ReadyColumn, ReasonColumn } from './columns.js';
import { xrayConnections } from './coordinates.js';
import { Count, Duration, ObjectName, Text } from './fields.js';
import { INDEX_RESOLUTIONS, type IndexResolution } from './vocabulary.js';

const LONGER_THAN_ZERO = "self.matches('[1-9]')";
const MAX_CA_BUNDLE = 262_144; // some two hundred certificates; the API server takes objects of 1.5 MiB

@Description("A Secret in the operator's own namespace.")
export class SecretReference {
  @Description("The name of the Secret, in the operator's own namespace, as in xray-credentials.")
  @ObjectName()
  readonly name!: string;
}

@Description(
  "How Xray's web hooks are received: each says which images to ask about again, and is believed in nothing else.",
)
export class Webhook {
  @Description(
    "A Secret in the operator's own namespace with the key token: the text that Xray sends in the header X-Auth-Token, as Bearer, or as " +
      'the password of basic authentication. The Secret is read again when it changes.',
  )
  @Nested(() => SecretReference)
  readonly tokenSecretRef!: SecretReference;

  @Description(
    "A Secret of type kubernetes.io/tls in the operator's own namespace: hooks then come by HTTPS. It may be rotated. Left out: plain " +
      'HTTP, for an ingress in front that ends TLS.',
  )
  @IsOptional()
  @Nested(() => SecretReference)
  readonly tlsSecretRef?: SecretReference;
}

@Description(
  'What Xray is told: for each workload the images that run, by reference and digest, and whether it was stopped or deleted. By the call ' +
    'kube/metadata that KubeXray made; no documentation of Xray mentions it.',
)
export class KubeMetadata {
  @Description(
    'What this cluster is called there, as its API server is reached. Example: https://prod-1.example.com:6443',
  )
  @IsString()
  @Length(1, 2048)
  @Cel(
    "isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",
    'must be an http or https URL with a host, as in https://prod-1.example.com:6443',
  )
  @Cel("!self.contains('@')", 'must not carry a user or password')
  readonly clusterUrl!: string;
}

@Description('How fast Xray is asked at most.')
export class RateLimit {
  @Description('Requests a second, averaged. Example: 10, the default.')
  @IsInt()
  @Min(1)
  @Max(1000)
  @Default(10)
  readonly requestsPerSecond?: number;

  @Description('Requests that may go out at once after a quiet time. Example: 20, the default.')
  @IsInt()
  @Min(1)
  @Max(1000)
  @Default(20)
  readonly burst?: number;

  @Description('Requests that may be under way at the same time. Example: 4, the default.')
  @IsInt()
  @Min(1)
  @Max(100)
  @Default(4)
  readonly concurrency?: number;
}

@Description('Where Xray is and how it is asked.')
export class XrayConnectionSpec {
  @Description(
    'The address of the JFrog Platform, or of Xray behind a proxy: http or https, a host, and a path where there is one. ' +
      'Credentials do not belong here. Example: https://acme.jfrog.io',
  )
  @IsString()
  @Length(1, 2048)
  @Cel(
    "isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",
    'must be an http or https URL with a host, as in https://acme.jfrog.io',
  )
  @Cel("!self.contains('@')", 'must not carry a user or password; put them into the Secret of credentialsSecretRef')
  @Cel("!self.contains('?') && !self.contains('#')", 'must end before any "?" or "#"; remove the query or fragment')
  readonly url!: string;

  @Description(
    "A Secret in the operator's own namespace that holds the credentials: the key accessToken, or username and password, " +
      'or apiKey. The Secret is read again when it changes.',
  )
  @Nested(() => SecretReference)
  readonly credentialsSecretRef!: SecretReference;

  @Description(
    "Certificates of authorities to trust in addition to the system's, as PEM text of at most 256 KiB; for an Xray with a " +
      'certificate of a private authority.',
  )
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CA_BUNDLE)
  @Matches(/-----BEGIN CERTIFICATE-----/)
  readonly caBundle?: string;

  @Description('How long one request to Xray may take before it counts as failed. Default: 30s.')
  @Duration()
  @Cel(LONGER_THAN_ZERO, 'must be longer than 0, as in 30s')
  @Default('30s')
  readonly timeout?: string;

  @Description(
    'How often Xray is asked for new violations, and about images that it has not scanned; new images are asked about at once. ' +
      'Default: 1m.',
  )
  @Duration()
  @Cel(LONGER_THAN_ZERO, 'must be longer than 0, as in 1m')
  @Default('1m')
  readonly pollInterval?: string;

  @Description(
    'How long it takes to ask about every image again, spread evenly; it finds what no watch in Xray raises as a violation, so ' +
      'without watches it is how old what is known may become. Default: 1h.',
  )
  @Duration()
  @Cel(LONGER_THAN_ZERO, 'must be longer than 0, as in 1h')
  @Default('1h')
  readonly resyncInterval?: string;

  @Description('How fast Xray is asked at most. Default: 10 requests a second, bursts of 20, 4 at a time.')
  @Nested(() => RateLimit)
  @Default({})
  readonly rateLimit?: RateLimit;

  @Description(
    'How many images one request asks about, from 1 to 100; lower it where Xray answers too slowly. Default: 10.',
  )
  @IsInt()
  @Min(1)
  @Max(100)
  @Default(10)
  readonly batchSize?: number;

  @Description(
    "What to make of a digest that Xray does not know. A node reports the digest of a multi-platform image's index, and Xray may know " +
      "only the images in it. Registry (the default): the image's registry is asked which image the node runs, with the pull secrets " +
      'of the pod if the operator may read them; while it cannot be asked the verdict is Unknown. None: the image is Unscanned.',
  )
  @IsIn(INDEX_RESOLUTIONS)
  @Default('Registry')
  readonly indexResolution?: IndexResolution;

  @Description(
    'Left out: Xray is told nothing. Set: it is told which images run where, each change once, at a quarter of rateLimit at most.',
  )
  @IsOptional()
  @Nested(() => KubeMetadata)
  readonly kubeMetadata?: KubeMetadata;

  @Description("Left out: Xray's web hooks are not received, and what is new is found by polling alone.")
  @IsOptional()
  @Nested(() => Webhook)
  readonly webhook?: Webhook;
}

@Description('How many distinct images run, by what is known of them.')
export class ImageCounts {
  @Description('Images that Xray has scanned.')
  @Count()
  readonly known!: number;

  @Description('Images that Xray was asked about and has not scanned.')
  @Count()
  readonly unscanned!: number;

  @Description(
    'Images of which Xray could not be asked again, or has no data any more; what it said last stays in force.',
  )
  @Count()
  readonly stale!: number;
}

@Description('What came of asking Xray; written by the operator only.')
export class XrayConnectionStatus {
  @Description('The metadata.generation that this status was computed from.')
  @IsOptional()
  @Count()
  readonly observedGeneration?: number;

  @Description(
    'Reachable: Xray answers. Authenticated: Xray accepts the credentials. CircuitClosed: requests go out; False while Xray does not ' +
      'answer and is tried only now and then. ViolationsReadable: new violations are seen at each poll, not only by the resync. ' +
      "IgnoreRulesReadable: Xray's ignore rules are respected. " +
      'WebhookReady: hooks are received; only where spec.webhook is set. MetadataSent: Xray is told which images run where; only where ' +
      'spec.kubeMetadata is set. Ready: Xray answers and accepts the credentials, so that what is known is kept up to date.',
  )
  @Conditions()
  readonly conditions?: readonly Condition[];

  @Description('The version that Xray says it has, as in 3.131.2.')
  @IsOptional()
  @Text(128)
  readonly xrayVersion?: string;

  @Description('When Xray last answered a question about images.')
  @IsOptional()
  @Timestamp()
  readonly lastSuccessfulPoll?: string;

  @Description('How many distinct images run, by what is known of them.')
  @IsOptional()
  @Nested(() => ImageCounts)
  readonly images?: ImageCounts;

  @Description('What a web hook hinted at last, passed on by a replica that does not lead to the one that does.')
  @IsOptional()
  @Text(131_072)
  readonly lookAgain?: string;
}

@Description(
  'Where Xray is: its address, credentials and pace. The operator uses the one that its configuration names (default: "default").',
)
@CustomResource({ ...xrayConnections, singular: 'xrayconnection', shortNames: ['xconn'], categories: ['kubexray'] })
@PrinterColumn({ name: 'URL', type: 'string', jsonPath: '.spec.url', description: 'The address of Xray.' })
@PrinterColumn({
  name: 'Version',
  type: 'string',
  jsonPath: '.status.xrayVersion',
  description: 'The version that Xray says it has.',
})
@ReadyColumn('True while Xray answers and accepts the credentials.')
@ReasonColumn()
@PrinterColumn({
  name: 'Last Poll',
  type: 'date',
  jsonPath: '.status.lastSuccessfulPoll',
  description: 'How long ago Xray last answered.',
})
@AgeColumn('the connection')
@PrinterColumn({
  name: 'Known',
  type: 'integer',
  jsonPath: '.status.images.known',
  description: 'Images that Xray has scanned.',
  priority: 1,
})
@PrinterColumn({
  name: 'Unscanned',
  type: 'integer',
  jsonPath: '.status.images.unscanned',
  description: 'Images that Xray has not scanned.',
  priority: 1,
})
@MessageColumn()
export class XrayConnection {
  @Description('Where Xray is and how it is asked.')
  @Nested(() => XrayConnectionSpec)
  readonly spec!: XrayConnectionSpec;

  @Description('What came of asking Xray; written by the operator only.')
  @IsOptional()
  @Nested(() => XrayConnectionStatus)
  readonly status?: XrayConnectionStatus;
}
