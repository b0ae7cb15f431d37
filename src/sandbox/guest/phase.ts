import { host } from "./host.ts"
import { create, quote } from "./primordials.ts"

/** Names to text. */
export type Environment = Readonly<Record<string, string>>

/** What is true at present: whether a module loads, and which environment applies. */
export const phase: { loading: boolean; environment: Environment } = { loading: false, environment: {} }

let reported: Record<string, true> = create(null)

/** Begins the loading of a module, with an environment where it is evaluated for one call. */
export function beginLoading(environment: Environment): void {
  phase.loading = true
  phase.environment = environment
  reported = create(null)
}

/** Throws where a module is loading: what waits or reaches out belongs into the handler. */
export function refuseWhileLoading(what: string): void {
  if (phase.loading) throw new Error(what + " is not available while a module loads; do it inside the handler")
}

/** Tells the host, once per load, that module code read what differs between calls. */
export function reportImpurity(what: "randomness" | "environment"): void {
  if (!phase.loading || reported[what]) return
  reported[what] = true
  host("impure", quote(what))
}
