// xray-simulator: its API for tests, the demo and people (/simulator/…): what Xray knows, whom it lets in, how it misbehaves.
import {
  AskedRequest,
  DemandsRequest,
  FaultsRequest,
  ForgetRequest,
  HookRequest,
  IgnoreRulesRequest,
  IssueRequest,
  LicenseRequest,
  PutRequest,
  shaped,
  WatchRequest,
} from './admin.dto.js';
import type { State } from './state.js';
import { parseJson } from './wire.js';

export interface AdminAnswer {
  readonly status: number;
  readonly answer: object;
}

type Call = (state: State, asked: unknown) => object;

const done = { done: true };

const calls: Readonly<Record<string, Call>> = {
  'POST /simulator/artifact': (state, asked) => {
    const { digest, artifact } = shaped(PutRequest, asked);
    state.put(digest, artifact);
    return done;
  },
  'POST /simulator/issue': (state, asked) => {
    const { digest, issue } = shaped(IssueRequest, asked);
    state.addIssue(digest, issue);
    return done;
  },
  'POST /simulator/license': (state, asked) => {
    const { digest, license } = shaped(LicenseRequest, asked);
    state.addLicense(digest, license);
    return done;
  },
  'POST /simulator/watch': (state, asked) => {
    state.watch(shaped(WatchRequest, asked).digest);
    return done;
  },
  'POST /simulator/forget': ({ catalog }, asked) => ({ done: catalog.forget(shaped(ForgetRequest, asked).digest) }),
  'POST /simulator/faults': (state, asked) => {
    state.faults = shaped(FaultsRequest, asked);
    return done;
  },
  'POST /simulator/credentials': (state, asked) => {
    state.demands = shaped(DemandsRequest, asked);
    return done;
  },
  'POST /simulator/ignore-rules': (state, asked) => {
    state.ignoreRules = shaped(IgnoreRulesRequest, asked).rules;
    return done;
  },
  'POST /simulator/hook': (state, asked) => {
    const { url, headers, form } = shaped(HookRequest, asked);
    const options = { ...(headers === undefined ? {} : { headers }), ...(form === undefined ? {} : { form }) };
    state.hook = url === undefined ? undefined : { url, ...options };
    return done;
  },
  'POST /simulator/asked': ({ questions }, asked) => {
    const hex = shaped(AskedRequest, asked).digest.replace('sha256:', '');
    return { times: questions.filter((checksums) => checksums.includes(hex)).length };
  },
  'GET /simulator/told': ({ told }) => ({ told }),
  'GET /simulator/requests': ({ requests }) => ({ requests }),
  'DELETE /simulator/requests': ({ requests }) => {
    requests.length = 0;
    return done;
  },
};

export function administer(state: State, method: string, path: string, body: string): AdminAnswer {
  const call = calls[`${method} ${path}`];
  if (call === undefined)
    return { status: 404, answer: { error: `no such call; there are ${Object.keys(calls).join(', ')}` } };
  try {
    return { status: 200, answer: call(state, parseJson(body)) };
  } catch (error) {
    return { status: 400, answer: { error: error instanceof Error ? error.message : String(error) } };
  }
}
