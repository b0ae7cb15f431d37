import { toSpanId } from "../util/id.ts"
import type { Job } from "./job.ts"

/** What the jobs that a job brings have in common with it. */
export type Chain = Pick<Job, "traceId" | "depth" | "askedBy">

/** A chain that goes on from a job. */
export function toChain({ id, traceId, depth }: Pick<Job, "id" | "traceId" | "depth">): Chain {
  return { traceId, depth, askedBy: { spanId: toSpanId(id) } }
}
