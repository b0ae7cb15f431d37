import { FunctionsError } from "../errors/functions-error.ts"
import { type CloudEvent, type NewEvent, newEventSchema } from "../model/event.ts"

/** What became of an event. */
export interface Published {
  readonly event: CloudEvent
  /** Runs of pipelines that waited for it, and go on. */
  readonly resumed: number
}

/** What publishing needs from the rest of the service. */
export interface PublishOptions {
  /** Hands an event to the runs that wait for it; answers how many these are. */
  readonly deliver: (organisation: string, event: CloudEvent) => Promise<number>
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}

/** Creates what publishes events. `FN_006` where one is none. */
export function createPublish({
  deliver,
  now,
  newId,
}: PublishOptions): (organisation: string, given: NewEvent) => Promise<Published> {
  return async (organisation, given) => {
    const parsed = newEventSchema.safeParse(given)
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }))
      const [first] = issues
      throw new FunctionsError("FN_006", `Cannot publish the event: ${first?.path || "it"} ${first?.message}.`, {
        issues,
      })
    }
    const at = now()
    const time = new Date(at).toISOString()
    const event = { specversion: "1.0" as const, id: newId(at), source: `inlay:${organisation}`, time, ...parsed.data }
    return { event, resumed: await deliver(organisation, event) }
  }
}
