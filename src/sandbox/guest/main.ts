import { answerLoaded, fail, openAnswer, startCall } from "./call.ts"
import { restartClock } from "./clock.ts"
import { abortCall, type CallHead } from "./context.ts"
import { loadFeature } from "./feature.ts"
import type { FeatureName } from "./feature-names.ts"
import { type Handler, resolveHandler } from "./handler.ts"
import { connect, type Host } from "./host.ts"
import { installGlobals } from "./install.ts"
import { reportRejection } from "./log.ts"
import { type Settlement, settle } from "./operations.ts"
import { beginLoading, type Environment, phase } from "./phase.ts"
import { arrayJoin, keys, parse, promiseThen, quote } from "./primordials.ts"
import { seedRandom } from "./random.ts"

/** How the host calls the guest: what happens, JSON text, and what belongs to it. */
type Dispatch = (kind: string, head?: unknown, body?: unknown) => void

/** Prepares the global object, and gives the host its one way in. */
export default function boot(to: Host): Dispatch {
  connect(to)
  installGlobals()
  return dispatch
}

let handler: Handler = { kind: "missing", message: "Cannot call a handler: no module was loaded" }

function dispatch(kind: string, head?: unknown, body?: unknown): void {
  try {
    switch (kind) {
      case "start":
        startCall(handler, read(head), body as string | ArrayBuffer | undefined)
        break
      case "settle":
        settle(read<Settlement>(head), body as ArrayBuffer | undefined)
        break
      case "abort":
        abortCall(read<{ reason: string }>(head).reason)
        break
      case "rejected":
        reportRejection(head as object, body)
        break
      case "feature":
        loadFeature(read<{ name: FeatureName }>(head).name)
        break
      case "loading":
        startLoading(head === undefined ? undefined : read(head))
        break
      case "load":
        load(read<{ exportName: string }>(head).exportName, body as object)
    }
  } catch (thrown) {
    fail(thrown)
  }
}

function read<Head extends object>(head: unknown): Head {
  return parse(head as string) as Head
}

function startLoading(head: { readonly env: Environment; readonly seed: CallHead[0] } | undefined): void {
  const environment: Environment = head?.env ?? {}
  beginLoading(environment)
  openAnswer()
  // The base may come from another process, whose clock began elsewhere.
  restartClock()
  if (head?.seed !== undefined) seedRandom(head.seed)
}

/** The module comes as its namespace, or as a promise of it. */
function load(exportName: string, module: object): void {
  const loaded = (exports: unknown): void => {
    try {
      phase.loading = false
      handler = resolveHandler(exports as Record<string, unknown>, exportName)
      const names = keys(exports as object)
      for (let index = 0; index < names.length; index++) names[index] = quote(names[index] as string)
      answerLoaded('{"exports":[' + arrayJoin(names, ",") + '],"handler":"' + handler.kind + '"}')
    } catch (thrown) {
      fail(thrown)
    }
  }
  if ((module as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Module") loaded(module)
  else {
    promiseThen(module, loaded, (reason) => {
      phase.loading = false
      fail(reason)
    })
  }
}
