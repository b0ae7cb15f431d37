import { availableParallelism } from "node:os"
import { FunctionsError } from "../errors/functions-error.ts"
import type { Environment } from "../model/configuration.ts"
import type { CallEgress, HttpClient } from "../ports/http-client.ts"
import type { LoadedModule, Runtime, RuntimeCall, RuntimeResult, RuntimeVersion } from "../ports/runtime.ts"
import { checkNumber } from "../util/check-number.ts"
import { writeCallHead } from "./call/call-head.ts"
import { CallSeeds } from "./call/call-seeds.ts"
import { type CallInput, SandboxCall } from "./call/sandbox-call.ts"
import { type CallBounds, defaultBounds } from "./call-bounds.ts"
import { HostTurns } from "./operations/host-turns.ts"
import { Pool } from "./pool/pool.ts"

/** Options of the QuickJS runtime. */
export interface QuickJsOptions extends Partial<CallBounds> {
  /** How functions reach the network. */
  readonly http: HttpClient
  /**
   * Threads that run calls.
   * @default the machine's cores, at least 2 and at most 8
   */
  readonly threads?: number
  /**
   * Calls that may wait for a thread; more are refused with `FN_007`.
   * @default 10,000
   */
  readonly maxQueued?: number
  /**
   * Bytes that waiting calls of one organisation may hold outside of the threads; further ones end with `FN_007`.
   * @default 256 MB
   */
  readonly maxWaitingBytesOfOrganisation?: number
  /**
   * The same for all organisations together.
   * @default 1 GB
   */
  readonly maxWaitingBytes?: number
  /**
   * Bytes that instances may hold which functions with `reuse` keep between their calls; beyond them the least recently used end.
   * @default 256 MB
   */
  readonly maxKeptBytes?: number
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number
}

const megabyte = 1_048_576
/** Threads that may be added while others are held up by long calls. */
const extraThreads = 6
/** What the WebAssembly memory of this engine can hold. */
const maxMemoryMb = 1024

/** The QuickJS sandbox: a pristine copy of memory for every call. JavaScript functions for other runtimes run here too. */
export function createQuickJsRuntime(options: QuickJsOptions): Runtime {
  const { maxQueued = 10_000, now = Date.now } = options
  const { maxWaitingBytes = 1024 * megabyte, maxWaitingBytesOfOrganisation = 256 * megabyte } = options
  const { maxKeptBytes = 256 * megabyte } = options
  const threads = options.threads ?? Math.min(8, Math.max(2, availableParallelism()))
  checkCount("threads", threads)
  checkCount("maxQueued", maxQueued)
  checkCount("maxWaitingBytes", maxWaitingBytes)
  checkCount("maxWaitingBytesOfOrganisation", maxWaitingBytesOfOrganisation)
  checkCount("maxKeptBytes", maxKeptBytes)
  const bounds = toBounds(options)
  const waiting = { maxBytes: maxWaitingBytes, maxBytesOfOrganisation: maxWaitingBytesOfOrganisation }
  const pool = new Pool({ threads, maxThreads: threads + extraThreads, maxQueued, waiting, maxKeptBytes, bounds, now })
  const seeds = new CallSeeds()
  const turns = new HostTurns()
  let lastId = 0

  return {
    serves: ["quickjs", "nodejs18", "nodejs20", "nodejs22", "nodejs24", "bun", "deno"],

    ready: () => pool.ready(),

    async load(version: RuntimeVersion): Promise<LoadedModule> {
      checkMemory(version)
      const result = await pool.load(++lastId, version)
      if (!("ok" in result)) return result
      if (result.ok) throw new Error("Cannot load a module that answered as if it had been called.")
      const { code, error } = result
      if (code === "FN_008") throw new FunctionsError(code, error.message)
      throw new FunctionsError("FN_005", `Cannot load the module: ${error.name}: ${error.message}`, { guest: error })
    },

    run(call: RuntimeCall): Promise<RuntimeResult> {
      return new Promise((resolve, reject) => {
        checkMemory(call.version)
        const usage = { requests: 0, bytesSent: 0, bytesReceived: 0 }
        const abort = () => {
          if (!running.answeredWhole) pool.cancel(running)
        }
        const id = ++lastId
        const running = new SandboxCall({
          id,
          version: call.version,
          functionId: call.functionId,
          standsAt: call.clockAt,
          makeInput: (deadline) => toInput(call, id, deadline, seeds),
          turns,
          bounds,
          onAnswer: call.onAnswer,
          onAbandoned: (abandoned) => pool.cancel(abandoned),
          callCapability: call.callCapability,
          cpuAccount: call.cpuAccount,
          http: toClient(call, options.http, usage),
          onSettlement: (waiting, settlement) => {
            waiting.inbox.push(settlement)
            pool.wake(waiting)
          },
          resolve: (result, badInput) => {
            call.signal?.removeEventListener("abort", abort)
            if (call.egress) result.egress = { ...usage }
            if (badInput && !result.outcome.ok) reject(new SyntaxError(result.outcome.error.message))
            else resolve(result)
          },
        })
        if (call.signal?.aborted)
          throw new FunctionsError("FN_002", "Cannot run a function: the caller had ended the call.")
        call.signal?.addEventListener("abort", abort, { once: true })
        pool.start(running)
      })
    },

    forget: (keyPrefix) => pool.forget(keyPrefix),
    retire: (functionId) => pool.retire(functionId),
    close: (graceMs) => pool.close(graceMs),
  }
}

/** The client as one call has it. */
function toClient(
  { egress: grant, sendRequest }: RuntimeCall,
  http: HttpClient,
  usage: CallEgress["usage"],
): HttpClient {
  const fetch: HttpClient["fetch"] = (request, limits) =>
    http.fetch(request, grant ? { ...limits, egress: { grant, usage } } : limits)
  return {
    fetch: sendRequest ? (request, limits) => sendRequest(request, (sent) => fetch(sent, limits)) : fetch,
    close: () => http.close(),
  }
}

const environmentTexts = new WeakMap<Environment, string>()

function toInput(call: RuntimeCall, id: number, deadline: number, seeds: CallSeeds): CallInput {
  const { version, input } = call
  let environment = environmentTexts.get(call.environment)
  if (environment === undefined) {
    environment = JSON.stringify(call.environment)
    environmentTexts.set(call.environment, environment)
  }
  const head = writeCallHead({
    seed: seeds.next(),
    invocationId: call.invocationId,
    traceId: call.traceId,
    functionName: call.functionName ?? "",
    deadline: call.clockAt === undefined ? deadline : call.clockAt + version.timeoutMs,
    kind: version.kind,
    environment,
    streams: call.acceptsStream === true,
    request: input.type === "request" ? { ...input, params: input.params ?? {} } : undefined,
    call: id,
    keeps: version.maxInstances !== undefined,
  })
  return { head, body: input.type === "json" ? input.text : (input.body ?? undefined), environment }
}

function toBounds(options: Partial<CallBounds>): CallBounds {
  const bounds: { -readonly [Name in keyof CallBounds]: number } = { ...defaultBounds }
  for (const name of Object.keys(defaultBounds) as (keyof CallBounds)[]) {
    const given = options[name]
    if (given === undefined) continue
    checkCount(name, given)
    bounds[name] = given
  }
  return bounds
}

function checkCount(name: string, count: number): void {
  checkNumber(`sandbox.${name}`, count, { least: 1, isWhole: true })
}

function checkMemory(version: RuntimeVersion): void {
  if (version.memoryMb <= maxMemoryMb) return
  throw new FunctionsError(
    "FN_006",
    `Cannot give a function ${version.memoryMb} MB: the QuickJS sandbox has at most ${maxMemoryMb} MB.`,
    { issues: [{ path: "memory", message: `must be at most ${maxMemoryMb} for this runtime` }] },
  )
}
