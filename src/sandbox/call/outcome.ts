import type { GuestError } from "../../errors/functions-error.ts"
import type { RuntimeVersion } from "../../ports/runtime.ts"
import { type Entered, SandboxMemoryError } from "../engine/engine-error.ts"
import { refuseHead } from "../operations/operation-limits.ts"
import { outputLimits, refuseOutput } from "../output-limits.ts"
import { parseRecord, textOf } from "../parse-record.ts"
import type { CallOutcome } from "../protocol.ts"
import type { InterruptReason } from "../thread/interrupts.ts"

/** The handler's promise can never settle: nothing is left to wait for. */
export const neverSettles: CallOutcome = stopped(
  "FN_004",
  "The handler's promise never settled, and there is no timer or request left that could settle it.",
)

/** What goes on after the answer can never settle. */
export const neverEnds: CallOutcome = stopped(
  "FN_004",
  "What goes on after the answer never settled, and there is no timer or request left that could settle it.",
)

/** The module's top-level await can never settle. */
export const neverLoaded: CallOutcome = stopped(
  "FN_004",
  "The module never finished loading: its top-level await waits for something that cannot happen.",
)

/** The machine had no memory for the sandbox itself. */
export const noSandbox: CallOutcome = stopped("FN_008", "No sandbox could be made for the call.")

/** The call has ended; what it answered went out before. */
export const ended: CallOutcome = { ok: true, output: { type: "json", text: undefined } }

/** The organisation's CPU time was used up before the call's code began. */
export function overBudget(reason: string): CallOutcome {
  return stopped("FN_007", reason)
}

/** Waiting calls of one organisation, or of all, hold more memory than they may. */
export const tooMuchWaiting: CallOutcome = stopped(
  "FN_007",
  "Waiting calls hold too much memory: the call was ended to keep the host well.",
)

/** The guest began more timers and requests at once than it may. */
export const tooManyOperations: CallOutcome = stopped(
  "FN_004",
  "Cannot begin another timer or request: 10,000 were begun or cancelled without waiting for any.",
  "RangeError",
)

/** The guest sent more with its requests at once than the host would hold. */
export const tooLargeOperations: CallOutcome = stopped(
  "FN_004",
  "Cannot begin another request: 64 MB were sent without waiting for any answer.",
  "RangeError",
)

/** The service was closed while the call was under way. */
export const serviceClosed: CallOutcome = stopped("FN_008", "The service was closed.")

/** The call's thread is lost, or no thread of the sandbox can be started. */
export const engineLost: CallOutcome = stopped("FN_008", "The sandbox's thread ended, or none could be started.")

/** The host threw while the engine ran: a stack overflow or an abort of the engine. */
export class EngineCrash {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

/** Turns what one entry into the guest left behind into the call's outcome; undefined where it waits. */
export function readOutcome(
  told: CallOutcome | undefined,
  failure: Entered | EngineCrash,
  /** Whatever the guest told after it had been interrupted is only how it fell. */
  interrupted: InterruptReason | undefined,
  version: RuntimeVersion,
  memoryExhausted: boolean,
): CallOutcome | undefined {
  switch (interrupted) {
    case "cpu":
      return timedOut(`The call used more than ${version.cpuMs} ms of CPU time.`, stackOf(failure))
    case "deadline":
      return timedOut(`The call took longer than ${version.timeoutMs} ms.`, stackOf(failure))
    case "cancelled":
      return timedOut("The caller ended the call.")
  }
  if (told) return memoryExhausted && isOutOfMemory(told) ? outOfMemory(version) : told
  if (failure instanceof EngineCrash) {
    if (failure.cause instanceof SandboxMemoryError) return outOfMemory(version)
    return failed("FN_004", { name: "InternalError", message: "The sandbox's stack overflowed.", stack: "" })
  }
  if (failure && memoryExhausted) return outOfMemory(version)
  return failure && failed("FN_004", toGuestError(failure.name, failure.message, failure.stack))
}

/** The body of a streamed answer is more than may leave. */
export function streamRefused(reason: string): CallOutcome {
  return stopped("FN_004", `Cannot go on with the response: ${reason}.`, "RangeError")
}

/** A call that was ended because its time was over; the stack tells what it did then. */
export function timedOut(message: string, stack = ""): CallOutcome {
  return failed("FN_002", { name: "TimeoutError", message, stack })
}

function stackOf(failure: Entered | EngineCrash): string {
  return failure instanceof EngineCrash ? "" : (failure?.stack ?? "")
}

/** The guest's `done`: JSON text that may leave, or the reason why not. */
export function toJsonOutcome(text: string | undefined, maxBytes: number): CallOutcome {
  const refusal = text === undefined ? null : refuseOutput(text, { ...outputLimits, maxBytes })
  if (!refusal) return { ok: true, output: { type: "json", text } }
  return stopped("FN_004", `Cannot answer: ${refusal}.`, "RangeError")
}

/** The guest's `respond`: an HTTP response, whose head is as hostile as anything else. */
export function toResponseOutcome(
  text: string | undefined,
  bytes: Uint8Array | undefined,
  maxBytes: number,
): CallOutcome {
  const { status, statusText, headers } = parseRecord(text)
  const body = bytes ?? new Uint8Array()
  const refusal = refuseHead(text ?? "")
  if (refusal) return stopped("FN_004", `Cannot answer: the response has ${refusal}.`, "RangeError")
  if (body.length > maxBytes) {
    const message = `Cannot answer: the response is larger than ${maxBytes} bytes.`
    return stopped("FN_004", message, "RangeError")
  }
  const pairs = Array.isArray(headers) ? headers : []
  return {
    ok: true,
    output: {
      type: "response",
      status: typeof status === "number" && status >= 200 && status <= 599 ? Math.trunc(status) : 500,
      statusText: typeof statusText === "string" ? statusText : "",
      headers: pairs
        .filter(Array.isArray)
        .map(([name, value]): readonly [string, string] => [textOf(name), textOf(value)]),
      body,
    },
  }
}

/** The guest's `fail`. */
export function toFailure(text: string | undefined): CallOutcome {
  const { name, message, stack, kind } = parseRecord(text)
  const error = toGuestError(name, message, stack)
  return kind === "input" ? { ok: false, code: "FN_004", error, badInput: true } : failed("FN_004", error)
}

/** The guest's own code keeps to these lengths, but what it tells is hostile. */
function toGuestError(name: unknown, message: unknown, stack: unknown): GuestError {
  return {
    name: textOf(name, "Error").slice(0, 256),
    message: textOf(message).slice(0, 8192),
    stack: textOf(stack).slice(0, 16_384),
  }
}

/** A failure that is not the guest's own error, so that it has no stack. */
function stopped(code: CallFailure, message: string, name = "Error"): CallOutcome {
  return failed(code, { name, message, stack: "" })
}

type CallFailure = "FN_002" | "FN_003" | "FN_004" | "FN_007" | "FN_008"

function failed(code: CallFailure, error: GuestError): CallOutcome {
  return { ok: false, code, error }
}

/** A call that needed more memory than it may use. */
export function outOfMemory(version: RuntimeVersion): CallOutcome {
  return failed("FN_003", {
    name: "InternalError",
    message: `The call needed more than ${version.memoryMb} MB of memory.`,
    stack: "",
  })
}

/** With no memory left even for its error, the engine throws null. */
function isOutOfMemory(outcome: CallOutcome): boolean {
  return !outcome.ok && (outcome.error.message === "out of memory" || outcome.error.message === "null")
}
