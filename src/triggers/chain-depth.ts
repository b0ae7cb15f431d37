import { CapabilityError } from "../errors/capability-error.ts"

/** So many events, messages among them, may lead to one another; a function that calls itself by them would go on for ever. */
const maxDepth = 16

/** Refuses, with `LOOP`, what a function does that would lead on from too long a chain. */
export function refuseLoop(depth: number, doing: string, because: string): void {
  if (depth < maxDepth) return
  const reason = `${maxDepth} events have led to one another already${because}`
  throw new CapabilityError("LOOP", `Cannot ${doing}: ${reason}.`)
}
