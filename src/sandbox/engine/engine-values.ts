import type {
  EitherFFI,
  JSContextPointer,
  JSValueConstPointer,
  JSValuePointer,
  QuickJSEmscriptenModule,
} from "quickjs-emscripten-core"
import { SandboxMemoryError } from "./engine-error.ts"
import type { EngineMemory } from "./engine-memory.ts"

/** The upper half of a value, which says what it is. */
export const valueTags = { object: -1, undefined: 3 } as const

/** Text and bytes on their way into an engine and out of it. */
export class EngineValues {
  readonly #module: QuickJSEmscriptenModule
  readonly #ffi: EitherFFI
  readonly #memory: EngineMemory

  constructor(module: QuickJSEmscriptenModule, ffi: EitherFFI, memory: EngineMemory) {
    this.#module = module
    this.#ffi = ffi
    this.#memory = memory
  }

  /** Writes text, ended by a zero, for as long as it is used; throws where the memory is full. */
  withText<Result>(text: string, use: (pointer: number, length: number) => Result): Result {
    const length = Buffer.byteLength(text)
    const pointer = this.#allocate(length + 1)
    const view = this.#memory.toWrite(pointer, length + 1)
    view.write(text, pointer)
    view[pointer + length] = 0
    const result = use(pointer, length)
    this.#module._free(pointer)
    return result
  }

  /** A string of the guest. */
  newString(context: JSContextPointer, text: string): number {
    return this.withText(text, (pointer) => this.#ffi.QTS_NewString(context, pointer as never))
  }

  /** A buffer of the guest. */
  newBytes(context: JSContextPointer, bytes: Uint8Array): number {
    // The engine takes the allocation over, and frees it with the buffer.
    const pointer = this.#allocate(Math.max(1, bytes.byteLength))
    this.#memory.toWrite(pointer, bytes.byteLength).set(bytes, pointer)
    return this.#ffi.QTS_NewArrayBuffer(context, pointer as never, bytes.byteLength)
  }

  /** Text that the engine made, which is freed. */
  readText(context: JSContextPointer, pointer: number): string {
    if (!pointer) return ""
    const view = this.#memory.bytes
    const text = view.toString("utf8", pointer, view.indexOf(0, pointer))
    this.#ffi.QTS_FreeCString(context, pointer as never)
    return text
  }

  /** A guest's value as text; undefined for undefined. Throws where the memory is full. */
  toText(context: JSContextPointer, value: JSValueConstPointer): string | undefined {
    if (this.#tagOf(value) === valueTags.undefined) return undefined
    const pointer = this.#ffi.QTS_GetString(context, value)
    // Half an operation would be another one.
    if (!pointer) throw new SandboxMemoryError()
    return this.readText(context, pointer)
  }

  /** A copy of a guest's buffer; undefined where the value is none. Throws where the memory is full. */
  readBytes(context: JSContextPointer, value: JSValueConstPointer): Uint8Array | undefined {
    // Asked for the buffer of anything else the engine makes an error with a stack, which costs more than a small call.
    if (this.#tagOf(value) !== valueTags.object) return undefined
    const pointer = this.#ffi.QTS_GetArrayBuffer(context, value)
    const length = this.#ffi.QTS_GetArrayBufferLength(context, value)
    if (!pointer && length > 0) throw new SandboxMemoryError()
    if (!pointer) return undefined
    const bytes = Uint8Array.prototype.slice.call(this.#memory.bytes, pointer, pointer + length)
    // The engine gave a copy in memory that is the caller's to free.
    this.#module._free(pointer)
    return bytes
  }

  /** One argument of a call to the host. */
  argument(argv: number, index: number): JSValueConstPointer {
    return this.#ffi.QTS_ArgvGetJSValueConstPointer(argv as JSValuePointer, index) as JSValueConstPointer
  }

  #tagOf(value: JSValueConstPointer): number {
    return this.#memory.bytes.readInt32LE(value + 4)
  }

  #allocate(length: number): number {
    const pointer = this.#module._malloc(length)
    if (!pointer) throw new SandboxMemoryError()
    return pointer
  }
}
