/** Asks an API server whether it is ready, while a cluster starts: before any client of ours is there. */
import { request } from 'node:https';

const ANSWER_WITHIN_MS = 5_000;

export interface ApiServerAddress {
  readonly server: string;
  readonly certificateAuthority: string;
  readonly token: string;
}

/** False while it answers, but not that it is ready; throws while nobody answers. */
export async function isReady({ server, certificateAuthority, token }: ApiServerAddress): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = {
      ca: certificateAuthority,
      headers: { authorization: `Bearer ${token}` },
      timeout: ANSWER_WITHIN_MS,
    };
    const asked = request(`${server}/readyz`, options, (answer) => {
      answer.resume().once('end', () => {
        resolve(answer.statusCode === 200);
      });
    });
    asked.once('timeout', () => asked.destroy(new Error(`/readyz: no answer within ${ANSWER_WITHIN_MS / 1_000} s`)));
    asked.once('error', reject).end();
  });
}
