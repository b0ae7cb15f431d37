import { copyBytes } from "./bytes.ts"
import { cloneKindOf, isUncloneable, type Transfer, unbox } from "./clone-kinds.ts"
import { kindOf } from "./errors.ts"
import {
  arrayBufferDetached,
  arrayBufferTransfer,
  bufferLength,
  construct,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  dateTime,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasInChain,
  hasOwn,
  isArray,
  isBuffer,
  isDate,
  isError,
  isMap,
  isRegExp,
  isSet,
  isSharedBuffer,
  isView,
  keys,
  mapForEach,
  mapGet,
  mapHas,
  mapSet,
  objectPrototype,
  regExpFlags,
  regExpSource,
  setAdd,
  setForEach,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayLength,
  typedArrayName,
} from "./primordials.ts"
import { requireArguments, toDictionary, toDOMString } from "./webidl.ts"

/** What has been cloned already, so that shared and circular references stay what they are. */
type Memory = Map<object, object>

/** `structuredClone`. */
export function cloneStructured(given: ArrayLike<unknown>): unknown {
  requireArguments(given, 1, "structuredClone")
  return cloneTransferring(given[0], toDictionary(given[1], "The options of structuredClone").transfer).value
}

/** A copy of a value, and what has come out of the objects to transfer, in their order. */
export function cloneTransferring(value: unknown, transfer: unknown): { value: unknown; transferred: object[] } {
  const memory: Memory = new Map()
  const given = readTransfer(transfer)
  // Nothing is taken from its owner before the whole value has proved to be cloneable.
  const transferred: object[] = []
  const commits: (() => void)[] = []
  for (let index = 0; index < given.length; index++) {
    const item = given[index] as object
    const moved = isBuffer(item)
      ? { target: copyBuffer(item), commit: () => arrayBufferTransfer(item) }
      : (cloneKindOf(item)?.transfer?.(item) as Transfer)
    mapSet(memory, item, moved.target)
    transferred[index] = moved.target
    commits[index] = moved.commit
  }
  const copy = clone(value, memory)
  for (let index = 0; index < commits.length; index++) (commits[index] as () => void)()
  return { value: copy, transferred }
}

function clone(value: unknown, memory: Memory): unknown {
  if (typeof value === "symbol") refuse("a symbol")
  if (typeof value === "function") refuse("a function")
  if (typeof value !== "object" || value === null) return value
  const known = mapGet(memory, value)
  return known ?? cloneObject(value, memory)
}

function cloneObject(value: object, memory: Memory): object {
  if (isArray(value)) return cloneProperties(value, remember(memory, value, new Array(value.length)), memory)
  const prototype = getPrototypeOf(value)
  if (prototype === objectPrototype || prototype === null) {
    return cloneProperties(value, remember(memory, value, {}), memory)
  }
  const primitive = unbox(value)
  if (primitive !== undefined) return remember(memory, value, Object(primitive) as object)
  if (isDate(value)) return remember(memory, value, new Date(dateTime(value)))
  if (isRegExp(value)) return remember(memory, value, new RegExp(regExpSource(value), regExpFlags(value)))
  if (isBuffer(value)) return remember(memory, value, copyBuffer(value))
  if (isSharedBuffer(value)) refuse("a SharedArrayBuffer")
  if (isView(value)) return remember(memory, value, cloneView(value, memory))
  if (isMap(value)) return cloneMap(value, memory)
  if (isSet(value)) return cloneSet(value, memory)
  if (isError(value)) return cloneError(value as Error, memory)
  if (hasInChain(DOMException.prototype, value)) return cloneDomException(value as DOMException, memory)
  const copy = cloneKindOf(value)?.clone?.(value)
  if (copy !== undefined) return remember(memory, value, copy)
  if (isUncloneable(value)) refuse(kindOf(value))
  return cloneProperties(value, remember(memory, value, {}), memory)
}

function cloneProperties(value: object, copy: object, memory: Memory): object {
  const names = keys(value)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    // A getter that ran before may have deleted it.
    if (hasOwn(value, name)) define(copy, name, clone((value as Record<string, unknown>)[name], memory))
  }
  return copy
}

function cloneMap(value: Map<unknown, unknown>, memory: Memory): object {
  const entries: unknown[] = []
  mapForEach(value, (item, key) => {
    entries[entries.length] = key
    entries[entries.length] = item
  })
  const copy = remember(memory, value, new Map())
  for (let index = 0; index < entries.length; index += 2) {
    mapSet(copy, clone(entries[index], memory), clone(entries[index + 1], memory))
  }
  return copy
}

function cloneSet(value: Set<unknown>, memory: Memory): object {
  const items: unknown[] = []
  setForEach(value, (item) => {
    items[items.length] = item
  })
  const copy = remember(memory, value, new Set())
  for (let index = 0; index < items.length; index++) setAdd(copy, clone(items[index], memory))
  return copy
}

function cloneError(value: Error, memory: Memory): object {
  const name = value.name === undefined ? "Error" : toDOMString(value.name)
  const message = getOwnPropertyDescriptor(value, "message")
  const stack = getOwnPropertyDescriptor(value, "stack")
  const type = mapGet(errorClasses, name) ?? Error
  const copy = remember(memory, value, new type())
  if (message !== undefined && "value" in message) define(copy, "message", toDOMString(message.value), false)
  if (typeof stack?.value === "string") define(copy, "stack", stack.value, false)
  const cause = getOwnPropertyDescriptor(value, "cause")
  if (cause !== undefined && "value" in cause) define(copy, "cause", clone(cause.value, memory), false)
  return copy
}

function cloneDomException(value: DOMException, memory: Memory): object {
  const copy = new DOMException(value.message, value.name)
  const stack = getOwnPropertyDescriptor(value, "stack")
  if (typeof stack?.value === "string") define(copy, "stack", stack.value, false)
  return remember(memory, value, copy)
}

function cloneView(value: ArrayBufferView, memory: Memory): object {
  const name = typedArrayName(value)
  if (name === undefined) {
    const buffer = clone(dataViewBuffer(value), memory) as ArrayBuffer
    return new DataView(buffer, dataViewByteOffset(value), dataViewByteLength(value))
  }
  const buffer = clone(typedArrayBuffer(value), memory)
  const type = mapGet(viewClasses, name) as new (...values: unknown[]) => object
  return construct(type, [buffer, typedArrayByteOffset(value), typedArrayLength(value)]) as object
}

function copyBuffer(buffer: ArrayBuffer): ArrayBuffer {
  if (arrayBufferDetached(buffer)) refuse("a detached ArrayBuffer")
  return bufferLength(buffer) === 0 ? new ArrayBuffer(0) : copyBytes(new Uint8Array(buffer))
}

function readTransfer(given: unknown): object[] {
  const items: object[] = []
  if (given === undefined) return items
  if ((typeof given !== "object" && typeof given !== "function") || given === null) {
    throw new TypeError("What is to be transferred must be a list of objects")
  }
  const seen: Memory = new Map()
  for (const item of given as Iterable<object>) {
    if ((typeof item !== "object" && typeof item !== "function") || item === null) {
      throw new TypeError("What is to be transferred must be a list of objects")
    }
    if (mapHas(seen, item)) throw dataCloneError("the same object is to be transferred twice")
    const refusal = isBuffer(item) ? refusalOfBuffer(item) : refusalOf(item)
    if (refusal !== undefined) throw dataCloneError(refusal)
    mapSet(seen, item, item)
    items[items.length] = item
  }
  return items
}

function refusalOfBuffer(buffer: ArrayBuffer): string | undefined {
  return arrayBufferDetached(buffer) ? "a detached ArrayBuffer cannot be transferred" : undefined
}

function refusalOf(item: object): string | undefined {
  const kind = typeof item === "object" ? cloneKindOf(item) : undefined
  return kind?.transfer === undefined ? kindOf(item) + " cannot be transferred" : kind.refusal?.(item)
}

function remember<Copy extends object>(memory: Memory, value: object, copy: Copy): Copy {
  mapSet(memory, value, copy)
  return copy
}

function define(copy: object, name: string, value: unknown, enumerable = true): void {
  defineProperty(copy, name, { __proto__: null, value, writable: true, enumerable, configurable: true } as never)
}

function refuse(what: string): never {
  throw dataCloneError(what + " cannot be cloned")
}

function dataCloneError(message: string): DOMException {
  return new DOMException("Cannot clone the value: " + message, "DataCloneError")
}

const errorClasses = new Map<string, ErrorConstructor>()
for (const type of [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
  mapSet(errorClasses, type.name, type as ErrorConstructor)
}

const viewClasses = new Map<string, unknown>()
for (const type of [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  (globalThis as unknown as { Float16Array: Uint16ArrayConstructor }).Float16Array,
]) {
  mapSet(viewClasses, type.name, type)
}
