import type { AlertOccasion } from "../../model/alert.ts"
import type { Group } from "./groups.ts"

/** What happened, without a call. */
export type Occasion = AlertOccasion

/** Fills in that there is no call. */
export function seriesOccasion(given: Pick<AlertOccasion, "message" | "value" | "at" | "finding">): Occasion {
  return { ...given, invocationId: null, traceId: null, error: null }
}

const maxShown = 200

/** What a group is called in a sentence: its function, and dimensions that tell it from others. */
export function nameOf({ function: name, dimensions }: Pick<Group, "function" | "dimensions">): string {
  const pairs = Object.entries(dimensions)
    .filter(([dimension]) => dimension !== "function")
    .map(([dimension, value]) => `${dimension}=${value}`)
  const shown = pairs.length === 0 ? "" : `{${pairs.join(", ").slice(0, maxShown)}}`
  return name === null ? shown || "the host" : `${name}${shown}`
}
