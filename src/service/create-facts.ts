import { EventEmitter } from "eventemitter3"
import type { Facts, Tell } from "../model/facts.ts"
import { didYouMean, nearest } from "../util/nearest.ts"

/** The service's one emitter. */
export interface FactsEmitter {
  readonly tell: Tell
  /** Answers what ends it. */
  on<Name extends keyof Facts>(name: Name, listener: (fact: Facts[Name]) => void): () => void
}

const names: { readonly [Name in keyof Facts]: true } = {
  ...{ "invocation.finished": true, "invocation.refused": true, "values.recorded": true, "version.activated": true },
  ...{ "deployment.failed": true, "function.removed": true, "layer.deployed": true, "layer.removed": true },
  ...{ "capability.called": true, "request.finished": true, "job.started": true, "job.stopped": true },
  ...{ "connection.changed": true, "pipeline.finished": true, "step.started": true, "window.closed": true },
  ...{ "anomaly.found": true, "forecast.made": true, "alert.changed": true, "webhook.refused": true },
}

/** Creates it; what a listener throws or rejects with is told, and holds up nobody. */
export function createFacts(onError: (error: unknown, context: { readonly stage: "listener" }) => void): FactsEmitter {
  const emitter = new EventEmitter()
  const fail = (error: unknown) => onError(error, { stage: "listener" })

  function listen(listener: (fact: unknown) => void, fact: unknown): void {
    try {
      const result: unknown = listener(fact)
      if (result instanceof Promise) result.catch(fail)
    } catch (error) {
      fail(error)
    }
  }

  return {
    tell(name, fact) {
      for (const listener of emitter.listeners(name)) listen(listener as (fact: unknown) => void, fact)
    },
    on(name, listener) {
      if (!Object.hasOwn(names, name)) {
        const known = Object.keys(names)
        const hint = didYouMean(nearest(String(name), known)) || `: there are ${known.join(", ")}`
        throw new TypeError(`Cannot listen to "${String(name)}": it is no fact${hint}.`)
      }
      emitter.on(name, listener)
      return () => void emitter.off(name, listener)
    },
  }
}
