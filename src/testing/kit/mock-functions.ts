import type { GuestError } from "../../errors/functions-error.ts"
import type { RuntimeCall, RuntimeInput, RuntimeOutput, RuntimeResult } from "../../ports/runtime.ts"

// Test runners put others in their place.
const { setTimeout: startTimer, clearTimeout: endTimer } = globalThis

/** What a mock is told of the call that it answers. */
export interface MockContext {
  readonly organisation: string
  readonly functionName: string
  readonly invocationId: string
  readonly traceId: string
}

/**
 * Answers the calls of a function in its place: with a JSON value or, where it was called over HTTP, a `Response`. What it
 * throws is the function's failure.
 */
export type MockFunction = (input: never, context: MockContext) => unknown

/** The value that a mock is given, and that a recorded call shows. */
export function toInputValue(input: RuntimeInput): unknown {
  if (input.type === "json") return JSON.parse(input.text)
  const { method, url, headers, body } = input
  return { method, url, headers: Object.fromEntries(headers), body: body && Buffer.from(body).toString() }
}

/** Lets a mock answer a call; `threw` hears of what it throws, as it is. */
export async function callMock(
  mock: MockFunction,
  call: RuntimeCall,
  threw: (error: unknown) => void,
): Promise<RuntimeResult> {
  const { invocationId, traceId, functionName = "", version } = call
  const used = { logs: [], cpuMs: 0, memoryBytes: 0, coldStart: false }
  try {
    const context = { organisation: version.organisation, functionName, invocationId, traceId }
    const answer = await inTime(call, async () => mock(toInputValue(call.input) as never, context))
    if (answer instanceof TimeoutError) return { ...used, outcome: { ok: false, code: "FN_002", error: answer.guest } }
    return { ...used, outcome: { ok: true, output: await toOutput(answer) } }
  } catch (error) {
    threw(error)
    const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) }
    return { ...used, outcome: { ok: false, code: "FN_004", error: { name, message, stack: "" } } }
  }
}

/** Why a call was ended before its mock answered. */
class TimeoutError {
  readonly guest: GuestError
  constructor(message: string) {
    this.guest = { name: "TimeoutError", message, stack: "" }
  }
}

/** What comes first: the answer, or the end of the call, which mocks have as functions do. */
async function inTime({ version: { timeoutMs }, signal }: RuntimeCall, answer: () => Promise<unknown>) {
  let timer: NodeJS.Timeout | undefined
  const ended = new Promise<TimeoutError>((resolve) => {
    timer = startTimer(() => resolve(new TimeoutError(`The call took longer than ${timeoutMs} ms.`)), timeoutMs)
    const leave = () => resolve(new TimeoutError("The caller ended the call."))
    if (signal?.aborted) leave()
    else signal?.addEventListener("abort", leave, { once: true })
  })
  try {
    return await Promise.race([answer(), ended])
  } finally {
    endTimer(timer)
  }
}

async function toOutput(answer: unknown): Promise<RuntimeOutput> {
  if (!(answer instanceof Response)) return { type: "json", text: JSON.stringify(answer) }
  const { status, statusText, headers } = answer
  const body = new Uint8Array(await answer.arrayBuffer())
  return { type: "response", status, statusText, headers: [...headers], body }
}
