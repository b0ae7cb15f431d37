import { EventEmitter } from "eventemitter3"
import type { Facts, Tell } from "../model/facts.ts"

/** The service's one emitter. */
export interface FactsEmitter {
  readonly tell: Tell
  /** Answers what ends it. */
  on<Name extends keyof Facts>(name: Name, listener: (fact: Facts[Name]) => void): () => void
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
      emitter.on(name, listener)
      return () => void emitter.off(name, listener)
    },
  }
}
