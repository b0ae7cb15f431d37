import { createHash } from "node:crypto"

/** The span of a step of a run, at its path: the same wherever and whenever the run goes on. */
export function toStepSpanId(runId: string, path: string): string {
  return createHash("sha256").update(`${runId}/${path}`).digest("hex").slice(0, 16)
}
