import variant from "@jitl/quickjs-ng-wasmfile-release-sync"
import { build } from "esbuild"
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from "quickjs-emscripten-core"
import { guestScript } from "../../../scripts/guest-script.mjs"
import { writeCallHead } from "../../../src/sandbox/call/call-head.ts"
import { answerTextOp } from "../../../src/sandbox/operations/host-text.ts"

export interface HostCall {
  readonly op: string
  readonly text: string | undefined
  readonly bytes: Uint8Array | undefined
}

export interface StartOptions {
  readonly seed?: readonly [number, number, number, number]
  readonly call?: number
  readonly env?: Record<string, string>
  readonly kind?: "event" | "http"
  readonly request?: { method: string; url: string; headers: [string, string][] }
  readonly body?: string | Uint8Array
}

/** The script that the package carries, made as its build makes it. */
async function bundleGuest(): Promise<{ script: string; features: Record<string, string> }> {
  const result = await build({
    stdin: {
      contents:
        'export { default as script } from "#guest-script"; export { default as features } from "#guest-features"',
    },
    bundle: true,
    write: false,
    format: "esm",
    plugins: [guestScript],
  })
  const module = Buffer.from(result.outputFiles[0]?.text ?? "").toString("base64")
  return import(`data:text/javascript;base64,${module}`)
}

const { script, features } = await bundleGuest()
const engine = await newQuickJSWASMModuleFromVariant(variant as unknown as QuickJSSyncVariant)

/** Operations that are answered on the spot. */
const textGroups = new Set(["base64", "data", "intl", "text", "url"])

/** A guest in a context of its own; the test is its host. */
export function createGuest(): Guest {
  return new Guest()
}

export class Guest {
  readonly calls: HostCall[] = []
  readonly #context: QuickJSContext
  readonly #dispatch: QuickJSHandle
  /** What `random` answers: counts up, so that answers differ and tests repeat. */
  #randomByte = 0

  constructor() {
    const runtime = engine.newRuntime()
    runtime.setMaxStackSize(64 * 1024)
    this.#context = runtime.newContext()
    const host = this.#context.newFunction("host", (op, text, bytes) => this.#answer(op, text, bytes))
    this.#context.unwrapResult(this.#context.evalCode(script, "inlay:guest", { type: "module" }))
    const boot = this.#context.getProp(this.#context.global, "__inlay")
    this.#context.unwrapResult(this.#context.evalCode("delete globalThis.__inlay"))
    this.#dispatch = this.#context.unwrapResult(this.#context.callFunction(boot, this.#context.undefined, host))
  }

  /** Loads a module and leaves the loading phase. */
  load(code: string, exportName = "default", fresh?: { env: Record<string, string>; seed: readonly number[] }): this {
    this.dispatch("loading", fresh)
    const module = this.#context.evalCode(code, "function.js", { type: "module" })
    if (module.error) {
      const error = this.#context.dump(module.error)
      throw new Error(`${error.name}: ${error.message}`)
    }
    this.dispatch("load", { exportName }, module.value)
    return this
  }

  start(options: StartOptions = {}): this {
    const { body, seed = [1, 2, 3, 4], env = {}, kind = "event", request, call = 1 } = options
    const head = writeCallHead({
      seed: JSON.stringify(seed),
      invocationId: "inv_1",
      traceId: "trace_1",
      functionName: "",
      deadline: 1_900_000_000_000,
      environment: JSON.stringify(env),
      kind,
      streams: false,
      request: request && { ...request, params: {} },
      call,
      keeps: false,
    })
    return this.dispatch("start", JSON.parse(head), body)
  }

  settle(head: Record<string, unknown>, body?: Uint8Array): this {
    return this.dispatch("settle", { call: 1, ...head }, body)
  }

  dispatch(kind: string, head?: unknown, body?: string | Uint8Array | QuickJSHandle): this {
    const context = this.#context
    const given = [
      context.newString(kind),
      head === undefined ? context.undefined : context.newString(JSON.stringify(head)),
      this.#toHandle(body),
    ]
    context.unwrapResult(context.callFunction(this.#dispatch, context.undefined, ...given))
    this.drain()
    return this
  }

  /** Runs what is pending; a job that throws is passed over, as the worker does. */
  drain(): void {
    for (let round = 0; round < 100_000 && this.#context.runtime.hasPendingJob(); round++) {
      this.#context.runtime.executePendingJobs()
    }
  }

  /** Evaluates a script on the global object and gives its value. */
  evaluate(code: string): unknown {
    const result = this.#context.evalCode(code, "test.js")
    this.drain()
    return this.#context.dump(this.#context.unwrapResult(result))
  }

  named(op: string): HostCall[] {
    return this.calls.filter((call) => call.op === op)
  }

  /** What the guest told, without the number of the call. */
  json(op: string): unknown[] {
    const withoutCall = (key: string, value: unknown): unknown => (key === "call" ? undefined : value)
    return this.named(op).map(({ text }) => (text === undefined ? undefined : JSON.parse(text, withoutCall)))
  }

  logs(): string[] {
    return this.json("log").map((line) => (line as { message: string }).message)
  }

  /** The one answer of the call. */
  answer(): HostCall {
    const answers = this.calls.filter(({ op }) => op === "done" || op === "respond" || op === "fail")
    if (answers.length !== 1) throw new Error(`${answers.length} answers: ${JSON.stringify(answers)}`)
    return answers[0] as HostCall
  }

  /** What the handler answered, from JSON. */
  output(): unknown {
    const { op, text } = this.answer()
    if (op !== "done") throw new Error(`${op}: ${text}`)
    return text === undefined ? undefined : JSON.parse(text)
  }

  failure(): { name: string; message: string; stack: string; kind?: string } {
    const { op, text } = this.answer()
    if (op !== "fail") throw new Error(`${op}: ${text}`)
    return JSON.parse(text ?? "")
  }

  response(): { status: number; statusText: string; headers: [string, string][]; body: string | undefined } {
    const { op, text, bytes } = this.answer()
    if (op !== "respond") throw new Error(`${op}: ${text}`)
    return { ...JSON.parse(text ?? ""), body: bytes && new TextDecoder().decode(bytes) }
  }

  memory(): Record<string, number> {
    const handle = this.#context.runtime.computeMemoryUsage()
    return this.#context.dump(handle)
  }

  #toHandle(body: string | Uint8Array | QuickJSHandle | undefined): QuickJSHandle {
    if (body === undefined) return this.#context.undefined
    if (typeof body === "string") return this.#context.newString(body)
    if (body instanceof Uint8Array) return this.#context.newArrayBuffer(toBuffer(body))
    return body
  }

  #answer(op: QuickJSHandle, text: QuickJSHandle | undefined, bytes: QuickJSHandle | undefined): QuickJSHandle {
    const context = this.#context
    const call: HostCall = {
      op: context.getString(op),
      text: text && context.typeof(text) === "string" ? context.getString(text) : undefined,
      bytes: bytes && context.typeof(bytes) === "object" ? context.getArrayBuffer(bytes).value.slice() : undefined,
    }
    const [group] = call.op.split(".")
    if (call.op === "subtle.supports" || textGroups.has(group ?? "")) {
      const answer = answerTextOp(call.op, call.text, call.bytes)
      if (answer === undefined) return context.undefined
      return typeof answer === "string" ? context.newString(answer) : context.newArrayBuffer(toBuffer(answer))
    }
    if (call.op === "feature") {
      const name = JSON.parse(call.text ?? "")
      context.unwrapResult(context.evalCode(features[name] ?? "", `inlay:${name}`, { type: "module" }))
      return context.undefined
    }
    this.calls.push(call)
    if (call.op !== "random") return context.undefined
    const random = Uint8Array.from(
      { length: Number(call.text) },
      () => (this.#randomByte = (this.#randomByte + 1) & 255),
    )
    return context.newArrayBuffer(toBuffer(random))
  }
}

function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
}

/** Runs pieces of code in this process and in a guest; `wrap` makes of a piece the body of a function that gives JSON text. */
export function runBoth(guest: Guest, wrap: (code: string) => string) {
  return {
    async inNode(code: string): Promise<unknown> {
      return JSON.parse((await new Function(wrap(code))()) as string)
    },
    async inGuest(code: string): Promise<unknown> {
      guest.calls.length = 0
      guest.evaluate(`(() => { ${wrap(code)} })().then((text) => console.log("%s", text))`)
      return JSON.parse(guest.logs().at(-1) ?? "null")
    },
  }
}
