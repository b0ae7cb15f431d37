import type { Capability } from "../ports/capability.ts"
import type { Runtime } from "../ports/runtime.ts"
import { type WakeAfter, wakeAfter } from "../util/wake-after.ts"

/** What the service takes from the machine that it runs on; the test kit has its own in their place. */
export interface Surroundings {
  /** Wakes schedules and the queue. */
  readonly wakeAfter: WakeAfter
  /** From 0 to 1; spreads retries. */
  readonly random: () => number
  /** Stands between the service and its sandbox. */
  readonly wrapSandbox: (sandbox: Runtime) => Runtime
  /** Stands between functions and the capabilities that they are given. */
  readonly wrapCapabilities: (
    capabilities: Readonly<Record<string, Capability>>,
  ) => Readonly<Record<string, Capability>>
}

/** Those of the machine. */
export const machine: Surroundings = {
  wakeAfter,
  random: Math.random,
  wrapSandbox: (sandbox) => sandbox,
  wrapCapabilities: (capabilities) => capabilities,
}
