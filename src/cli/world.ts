// cli: all that a command may reach outside itself. main.ts has the real one; tests have their own.
import type { Credentials } from '../scan/xray/credentials.js';
import type { XrayClient } from '../scan/xray/xray-client.js';
import type { ObjectKey, ResourceCoordinates } from '@dot-kube/operator';
import type { PageFiles } from './dashboard/page-file.js';
import type { WatchedCluster } from './dashboard/watched-cluster.js';

export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: Screen;
  /** What is no result: warnings and errors. */
  readonly err: Screen;
  readonly now: () => Date;
  /** @returns the line that the user answers; undefined where nobody sits at a terminal */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly signal: AbortSignal;
  readonly files: Files;
  /** @throws Trouble where the kubeconfig names no cluster */
  readonly openCluster: (choice: ClusterChoice) => Promise<Cluster>;
  /** @throws Trouble where the kubeconfig names no cluster */
  readonly openWatchedCluster: (choice: ClusterChoice) => Promise<WatchedCluster>;
  /** What the dashboard serves to browsers. */
  readonly page: PageFiles;
  readonly openXray: (url: string, credentials: Credentials) => Xray;
}

export interface Screen {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Files {
  /** A file, `-` for the standard input, or the YAML and JSON files of a folder and those below. @throws Trouble */
  readonly read: (path: string) => Promise<readonly SourceFile[]>;
  /** Nobody but the user may read it. @throws Trouble, also where it is there already */
  readonly writePrivate: (path: string, text: string) => Promise<void>;
}

export interface ClusterChoice {
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface Cluster {
  /** Of the context. */
  readonly namespace: string;
  /** @returns undefined where there is none @throws KubeApiError */
  get<O>(coordinates: ResourceCoordinates, key: ObjectKey): Promise<O | undefined>;
  /** Of all namespaces unless one is named. @throws KubeApiError */
  list<O>(coordinates: ResourceCoordinates, namespace?: string): Promise<readonly O[]>;
  /** Server-side apply as the manager kubexray. @throws KubeApiError */
  apply<O>(coordinates: ResourceCoordinates, key: ObjectKey, body: object): Promise<O>;
  /** A merge patch as the manager kubexray; a uid in its metadata is a precondition. @throws KubeApiError */
  merge<O>(coordinates: ResourceCoordinates, key: ObjectKey, body: object): Promise<O>;
  close(): Promise<void>;
}

export type Xray = Pick<XrayClient, 'summaries' | 'scanStatus' | 'ignoreRules' | 'close'>;
