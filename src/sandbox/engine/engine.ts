import type {
  EitherFFI,
  JSContextPointer,
  JSRuntimePointer,
  JSValueConstPointer,
  JSValueConstPointerPointer,
  JSValuePointer,
  QuickJSEmscriptenModule,
} from "quickjs-emscripten-core"
import { defaultBuild, type EngineBuild } from "./engine-build.ts"
import type { EngineCallbacks } from "./engine-callbacks.ts"
import { type EngineError, type Entered, SandboxMemoryError, toBootError, toEngineError } from "./engine-error.ts"
import { type EngineAddresses, findLayout, findTrackerWord } from "./engine-layout.ts"
import { EngineMemory } from "./engine-memory.ts"
import { loadEngineModule } from "./engine-module.ts"
import { EngineRejections, trackerId } from "./engine-rejections.ts"
import { EngineValues } from "./engine-values.ts"

const quickjsStackBytes = 512 * 1024
/** Enough for JSON of the depth that may leave, and for the getters and `toJSON` in it. */
const shallowStackBytes = 64 * 1024
const moduleFlag = 1
const takeBoot = "(() => { const boot = __inlay; delete globalThis.__inlay; return boot })()"
const maxArguments = 3

/**
 * One live QuickJS in one WebAssembly memory. All guest state is in that memory: writing a copy back returns to it.
 * With `engine-values.ts` and `engine-build.ts` the only file that knows which engine it is.
 */
export class Engine {
  /** How often the guest read a clock. */
  clockReads = 0
  /** What `Date` shows, in epoch milliseconds. @default the machine's time */
  standsAt: number | undefined
  /** Whether the memory has been unable to grow since this was last set back. */
  memoryExhausted = false
  readonly memory: EngineMemory
  readonly rejections: EngineRejections
  readonly #module: QuickJSEmscriptenModule
  readonly #ffi: EitherFFI
  readonly #values: EngineValues
  readonly #callbacks: EngineCallbacks
  readonly #tracker: number
  #addresses: EngineAddresses | undefined

  private constructor(
    module: QuickJSEmscriptenModule,
    ffi: EitherFFI,
    memory: EngineMemory,
    callbacks: EngineCallbacks,
    tracker: number,
  ) {
    this.#module = module
    this.#ffi = ffi
    this.memory = memory
    this.rejections = new EngineRejections(memory, ffi)
    this.#values = new EngineValues(module, ffi, memory)
    this.#callbacks = callbacks
    this.#tracker = tracker
  }

  /** Instantiates an engine without any guest state; `boot` or `adopt` comes next. */
  static async create(
    compiled: WebAssembly.Module,
    memoryMb: number,
    callbacks: EngineCallbacks,
    build: EngineBuild = defaultBuild,
  ): Promise<Engine> {
    const memory = new EngineMemory(memoryMb)
    let engine: Engine | undefined
    const { module, ffi, rejectionTracker } = await loadEngineModule(compiled, build, memory, {
      clockRead() {
        if (engine) engine.clockReads++
        return engine?.standsAt
      },
      memoryExhausted: () => {
        if (engine) engine.memoryExhausted = true
      },
    })
    engine = new Engine(module, ffi, memory, callbacks, rejectionTracker)
    Object.assign(module, { callbacks: engine.#emscriptenCallbacks() })
    return engine
  }

  /** Makes runtime and context and evaluates the guest script, a module that leaves `boot(host) => dispatch` as `__inlay`. */
  boot(script: string): EngineAddresses {
    const ffi = this.#ffi
    const runtime = ffi.QTS_NewRuntime()
    ffi.QTS_RuntimeSetMaxStackSize(runtime, quickjsStackBytes)
    const enable = () => ffi.QTS_RuntimeEnableInterruptHandler(runtime)
    const trackerWord = findTrackerWord(this.memory.object, runtime, enable)
    const context = ffi.QTS_NewContext(runtime, 0 as never)
    const host = ffi.QTS_NewFunction(context, "host", maxArguments, false, 1 as never)
    const argv = this.#module._malloc(maxArguments * 4)
    const rejection = this.#module._malloc(8)
    const layout = findLayout(this.memory.object, this.#module._malloc, runtime)
    this.#addresses = { runtime, context, argv, rejection, dispatch: 0, ...layout }
    const evaluated = this.#evaluate(script, "inlay:guest", moduleFlag)
    const boot = typeof evaluated === "number" ? this.#evaluate(takeBoot, "inlay:guest", 0) : evaluated
    if (typeof boot !== "number") throw toBootError(boot)
    this.memory.toWrite(argv, 4).writeUInt32LE(host, argv)
    const called = ffi.QTS_Call(
      context,
      boot as JSValuePointer,
      ffi.QTS_GetUndefined(),
      1,
      argv as JSValueConstPointerPointer,
    )
    const failure = this.#exceptionOf(called)
    if (failure) throw toBootError(failure)
    // `host` and `dispatch` stay referenced for ever: a guest that deletes all it can reach must not free them.
    this.#addresses = { runtime, context, argv, rejection, dispatch: called, ...layout }
    this.memory.toWrite(trackerWord, 4).writeUInt32LE(this.#tracker, trackerWord)
    return this.#addresses
  }

  /** Takes over what another engine of this build booted, in whatever process; its memory image is written right after. */
  adopt(addresses: EngineAddresses): void {
    this.#addresses = addresses
  }

  /** The whole memory. Valid until the next entry into the guest, which may grow and move it. */
  get bytes(): Buffer {
    return this.memory.bytes
  }

  /** End of the memory that the allocator has taken. */
  get breakAddress(): number {
    return this.bytes.readUInt32LE(this.#at.breakWord)
  }

  /** Start of the allocator's last free chunk: nothing is in use from here to the break. */
  get topAddress(): number {
    return this.bytes.readUInt32LE(this.#at.topWord)
  }

  /** Has recursion end much sooner than usual, or as usual. */
  limitStack(shallow: boolean): void {
    const bytes = shallow ? shallowStackBytes : quickjsStackBytes
    this.#ffi.QTS_RuntimeSetMaxStackSize(this.#at.runtime as JSRuntimePointer, bytes)
  }

  /** Makes the memory large enough, by the engine's own allocator: in a snapshot's state before, astray afterwards. */
  growTo(byteLength: number): void {
    if (this.bytes.byteLength >= byteLength) return
    this.#module._malloc(byteLength - this.topAddress)
    if (this.bytes.byteLength < byteLength) throw new SandboxMemoryError()
  }

  /** Calls the guest's `dispatch`, then runs its pending jobs until none is left. */
  dispatch(kind: string, head?: string, body?: string | Uint8Array): Entered {
    const values: number[] = [this.#values.newString(this.#context, kind)]
    if (head !== undefined || body !== undefined)
      values.push(head === undefined ? this.#undefined : this.#values.newString(this.#context, head))
    if (body !== undefined)
      values.push(
        typeof body === "string"
          ? this.#values.newString(this.#context, body)
          : this.#values.newBytes(this.#context, body),
      )
    return this.#enter(values)
  }

  /** Evaluates an ES module and hands its namespace, or the promise of it, to `dispatch("load", head, …)`. */
  loadModule(code: string, fileName: string, head: string): Entered {
    const namespace = this.#evaluate(code, fileName, moduleFlag)
    if (typeof namespace !== "number") return namespace
    return this.#enter([
      this.#values.newString(this.#context, "load"),
      this.#values.newString(this.#context, head),
      namespace,
    ])
  }

  /** Evaluates an ES module in the present state, also while the guest waits for the host's answer; later ones import it by `fileName`. */
  evaluate(code: string, fileName: string): EngineError | undefined {
    const result = this.#evaluate(code, fileName, moduleFlag)
    if (typeof result !== "number") return result
    this.#ffi.QTS_FreeValuePointer(this.#context, result as JSValuePointer)
    return undefined
  }

  get #at(): EngineAddresses {
    if (!this.#addresses) throw new Error("Cannot use an engine before boot or adopt.")
    return this.#addresses
  }

  get #context(): JSContextPointer {
    return this.#at.context as JSContextPointer
  }

  get #undefined(): number {
    return this.#ffi.QTS_GetUndefined()
  }

  #enter(values: readonly number[]): Entered {
    const failure = this.#call(values) ?? this.#runJobs()
    // All that this task began has run: what nobody handles by now is told, and what comes of that as well.
    return failure ?? this.rejections.drain((promise) => this.#tellRejection(promise))
  }

  #tellRejection(promise: number): Entered {
    const values = this.rejections.toValues(promise, this.#at.rejection, this.#context)
    return this.#call([this.#values.newString(this.#context, "rejected"), ...values]) ?? this.#runJobs()
  }

  /** Calls the guest's `dispatch`, and frees the values. */
  #call(values: readonly number[]): Entered {
    const { argv, dispatch } = this.#at
    const view = this.memory.toWrite(argv, values.length * 4)
    for (const [index, value] of values.entries()) view.writeUInt32LE(value, argv + index * 4)
    const context = this.#context
    const ffi = this.#ffi
    const result = ffi.QTS_Call(
      context,
      dispatch as JSValueConstPointer,
      this.#undefined as JSValueConstPointer,
      values.length,
      argv as JSValueConstPointerPointer,
    )
    for (const value of values)
      if (value !== this.#undefined) ffi.QTS_FreeValuePointer(context, value as JSValuePointer)
    const failure = this.#exceptionOf(result)
    if (!failure) ffi.QTS_FreeValuePointer(context, result)
    return failure
  }

  #runJobs(): Entered {
    const { argv, runtime } = this.#at
    const ffi = this.#ffi
    for (;;) {
      if (!ffi.QTS_IsJobPending(runtime as JSRuntimePointer)) return undefined
      const result = ffi.QTS_ExecutePendingJob(runtime as JSRuntimePointer, -1, argv as never)
      const failure = this.#exceptionOf(result)
      // A job that throws is the guest's own affair, unless it was ended from outside or the memory is full.
      if (failure && (failure.message === "interrupted" || failure.message === "out of memory")) return failure
      if (!failure) ffi.QTS_FreeValuePointer(this.#context, result)
    }
  }

  #evaluate(code: string, fileName: string, flags: number): number | EngineError {
    const result = this.#values.withText(code, (pointer, length) =>
      this.#ffi.QTS_Eval(this.#context, pointer as never, length, fileName, 0 as never, flags as never),
    )
    return this.#exceptionOf(result) ?? result
  }

  #exceptionOf(result: JSValuePointer): EngineError | undefined {
    const context = this.#context
    const error = this.#ffi.QTS_ResolveException(context, result)
    if (!error) return undefined
    const text = this.#values.readText(context, this.#ffi.QTS_Dump(context, error))
    this.#ffi.QTS_FreeValuePointer(context, error)
    return toEngineError(text)
  }

  #emscriptenCallbacks(): object {
    return {
      callFunction: (_: undefined, context: JSContextPointer, self: number, argc: number, argv: number, id: number) => {
        try {
          if (id === trackerId) {
            this.rejections.track(self, argc !== 0)
            return 0
          }
          const values = this.#values
          const argument = (index: number) => values.argument(argv, index)
          const answer = this.#callbacks.host(
            values.toText(context, argument(0)) ?? "",
            argc > 1 ? values.toText(context, argument(1)) : undefined,
            argc > 2 ? values.readBytes(context, argument(2)) : undefined,
          )
          if (answer === undefined) return 0
          return typeof answer === "string" ? values.newString(context, answer) : values.newBytes(context, answer)
        } catch (error) {
          // What the host was not told of is never answered: the call ends once nothing else can wake it.
          if (error instanceof SandboxMemoryError) this.memoryExhausted = true
          return 0
        }
      },
      shouldInterrupt: () => (this.#callbacks.shouldInterrupt() ? 1 : 0),
      loadModuleSource: () => 0,
      normalizeModule: () => 0,
      freeHostRef: () => {},
    }
  }
}
