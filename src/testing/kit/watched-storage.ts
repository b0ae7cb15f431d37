import type { Queue } from "../../ports/queue.ts"
import type { Storage } from "../../ports/storage.ts"
import type { UnderWay } from "./under-way.ts"

/** A storage whose calls are counted. */
export interface WatchedStorage extends Storage {
  /** Records of these invocations, which may still be on their way, are dropped. */
  forget(invocationIds: ReadonlySet<string>): void
}

/** Counts the calls of a storage, with another queue in the place of its own; `tried` hears of the tries at steps. */
export function watchStorage(
  inner: Storage,
  queue: Queue,
  underWay: UnderWay,
  tried: (invocationId: string, attempt: number) => void,
): WatchedStorage {
  const forgotten = new Set<string>()
  const parts = Object.entries(inner).map(([name, part]) => [
    name,
    typeof part === "object" && part !== null ? underWay.trackAll(part) : part,
  ])
  const { pipelines, invocations, ...others }: Storage = Object.fromEntries(parts)
  return {
    ...others,
    queue,
    pipelines: {
      ...pipelines,
      async beginRun(job, run) {
        const claim = await pipelines.beginRun(job, run)
        underWay.begin(job.id)
        return claim
      },
      async completeRun(lease, ...given) {
        const written = await pipelines.completeRun(lease, ...given)
        if (written === "settled") underWay.end(lease.job.id)
        return written
      },
      writeStep(organisation, runId, fence, step) {
        if (step.invocationId !== null) tried(step.invocationId, step.attempts)
        return pipelines.writeStep(organisation, runId, fence, step)
      },
    },
    invocations: {
      ...invocations,
      insert: (records) => invocations.insert(records.filter(({ id }) => !forgotten.has(id))),
    },
    forget(invocationIds) {
      for (const id of invocationIds) forgotten.add(id)
    },
  }
}
