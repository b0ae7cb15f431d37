import type { Runtime } from "../ports/runtime.ts"
import type { Storage } from "../ports/storage.ts"
import type { FunctionsService } from "./functions.ts"
import type { Gate } from "./gate.ts"
import { ping } from "./ping.ts"
import type { Prewarming } from "./prewarming.ts"

/** Creates what tells of the service's health. */
export function createHealth(options: {
  readonly storage: Pick<Storage, "ping" | "migrationStatus">
  readonly gate: Gate
  readonly prewarming: Prewarming
  readonly runtimes: readonly Runtime[]
}): FunctionsService["health"] {
  const { storage, gate, prewarming, runtimes } = options
  return {
    // Within the gate: whoever closes takes no more calls, and the balancer should know of it.
    ready: () =>
      gate.enter(async () => {
        await Promise.all([ping(storage), prewarming.settled(), ...runtimes.map((runtime) => runtime.ready())])
      }),
    migrations: () => storage.migrationStatus(),
  }
}
