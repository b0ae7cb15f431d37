import { FunctionsError } from "../errors/functions-error.ts"
import { beginAttempt } from "../model/attempt.ts"
import type { InvocationError } from "../model/invocation.ts"
import type { DoJob } from "../ports/queue.ts"
import { isRecord } from "../util/is-record.ts"
import { readLetter, toLetterError, withTime } from "./dead-letter.ts"
import type { Take } from "./take.ts"

/** Dead letters wait for whoever mends what is wrong: the points of a replay may be this old. */
const pastMs = 30 * 86_400_000

/**
 * Makes what does the job of rejected points: the first time it ends as a dead letter, with the reasons; a replay takes
 * what can be taken by then. Where that is some of the points, the others become another dead letter.
 */
export function createReplay({
  take,
  now,
}: {
  readonly take: Take
  /** Epoch milliseconds. */
  readonly now: () => number
}): DoJob {
  return async ({ job }) => {
    const ended = beginAttempt(job, now)
    const { batch, rejected } = readLetter(job.payload)
    const fail = (error: InvocationError) => ({ outcome: "failed", error, attempt: ended(error) }) as const
    if (job.originId === null) return fail(toLetterError(rejected))
    try {
      const result = await take(job.organisation, withTimes(batch, job.createdAt), { pastMs, leavesAll: true })
      if (result.accepted + result.duplicates.length === 0) return fail(toLetterError(result.rejected))
      return { outcome: "succeeded", result: JSON.stringify(result), attempt: ended() }
    } catch (error) {
      // The batch is none, or its source is gone. Whatever else fails is the service's own.
      if (!(error instanceof FunctionsError && (error.code === "FN_001" || error.code === "FN_006"))) throw error
      return fail({ code: error.code, name: error.name, message: error.message, stack: "" })
    }
  }
}

/** A replay that is begun again has the same points: what it has stored already is known. */
function withTimes(batch: unknown, at: number): unknown {
  if (!isRecord(batch) || !Array.isArray(batch.points)) return batch
  return { ...batch, points: batch.points.map((point) => withTime(point, at)) }
}
