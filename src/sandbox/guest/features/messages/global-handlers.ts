import { describeError, headline } from "../../errors.ts"
import { eventState } from "../../event.ts"
import { type EventTarget, fireEvent, setHandler } from "../../event-target.ts"
import { apply, create, regExpExec } from "../../primordials.ts"
import { globalObject } from "../../webidl.ts"
import { ErrorEvent, isErrorEvent } from "./error-event.ts"
import { PromiseRejectionEvent } from "./promise-rejection-event.ts"

const target = globalObject as unknown as EventTarget
const handlers: Record<string, unknown> = create(null)
const place = /([^\s()]+):(\d+):(\d+)/

let onError: unknown = null

/** `onerror` and its like, as accessors. */
export const globalHandlers = {
  get onerror(): unknown {
    return onError
  },
  set onerror(value: unknown) {
    onError = toHandler(value)
    setHandler(target, "error", handlers, typeof onError === "function" ? callOnError : onError)
  },
  get onrejectionhandled(): unknown {
    return handlers.rejectionhandled ?? null
  },
  set onrejectionhandled(value: unknown) {
    setHandler(target, "rejectionhandled", handlers, value)
  },
  get onunhandledrejection(): unknown {
    return handlers.unhandledrejection ?? null
  },
  set onunhandledrejection(value: unknown) {
    setHandler(target, "unhandledrejection", handlers, value)
  },
}

/** Tells the global object's listeners of what nobody has caught; gives whether one of them has dealt with it. */
export function dispatchError(error: unknown): boolean {
  const described = describeError(error)
  const found = regExpExec(place, described.stack)
  const event = new ErrorEvent("error", {
    __proto__: null,
    cancelable: true,
    message: "Uncaught " + headline(described),
    filename: found?.[1] ?? "",
    lineno: found?.[2] ?? 0,
    colno: found?.[3] ?? 0,
    error,
  })
  return !fireEvent(target, event)
}

/** The same for a rejection that nobody handles. */
export function dispatchRejection(promise: object, reason: unknown): boolean {
  const init = { __proto__: null, cancelable: true, promise, reason }
  return !fireEvent(target, new PromiseRejectionEvent("unhandledrejection", init))
}

/** Calls `onerror` as it is by tradition: with the parts of the event; it says `true` where it has dealt with the error. */
function callOnError(event: object): void {
  const given = isErrorEvent(event) ? [event.message, event.filename, event.lineno, event.colno, event.error] : [event]
  if (apply(onError as never, globalObject, given) === true) {
    const state = eventState(event)
    state.canceled = state.cancelable
  }
}

function toHandler(value: unknown): unknown {
  return typeof value === "function" || (typeof value === "object" && value !== null) ? value : null
}
