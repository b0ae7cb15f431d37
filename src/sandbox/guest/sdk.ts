import { callCapability } from "./capability.ts"
import { type Context, currentContext } from "./context.ts"
import { type Log, log } from "./log.ts"
import { type Metrics, metrics } from "./metrics.ts"
import { phase, reportImpurity } from "./phase.ts"
import { freeze, hasOwn } from "./primordials.ts"

/** What the module `inlay/sdk` finds on the global object. */
interface Sdk {
  context(): Context
  env(name: string): string | undefined
  readonly log: Log
  readonly metrics: Metrics
  readonly callCapability: typeof callCapability
}

/** Where it finds it. */
export const sdkSymbol: unique symbol = Symbol.for("inlay.sdk") as never

/** What a function's code reaches through `inlay/sdk`. */
export const sdk: Sdk = freeze({
  context: () => currentContext(),
  env: (name: string) => {
    reportImpurity("environment")
    return hasOwn(phase.environment, name) ? phase.environment[name] : undefined
  },
  log,
  metrics,
  callCapability,
})
