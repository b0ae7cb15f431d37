import type { DataChange } from "../model/data-change.ts"
import type { NewJob } from "../model/job.ts"
import type { CapabilityContext } from "./capability.ts"

/**
 * The jobs that tell a change to those who asked to hear of it; none where nobody did. Whoever makes the change MUST put
 * them in the same transaction. Rejects with a `CapabilityError` where too many events have led to one another already.
 */
export type EventsOf = (
  context: Pick<CapabilityContext, "organisation" | "traceId" | "spanId" | "depth">,
  change: DataChange,
) => Promise<readonly NewJob[]>
