import {
  append,
  readerAt,
  readImports,
  readSections,
  signed,
  unsigned,
  type WasmSection,
  withSections,
} from "../wasm-binary.ts"

const sectionIds = { type: 1, import: 2, function: 3, table: 4, global: 6, export: 7, element: 9, code: 10 }
const i32 = 0x7f
const i64 = 0x7e

/** The exported global that tells the host under which number the engine calls the tracker. */
const trackerExport = "rejections"

/** What the host's own functions have as their number begins with 1; this is not one of them. */
const trackerId = 2

/** `(context, promise, reason, isHandled, opaque)`, as QuickJS calls it; values are 64 bits wide. */
const trackerType = [0x60, 5, i32, i64, i64, i32, i32, 0]
/** The host's function that the guest's functions lead to: the one import of this type. */
const callType = [0x60, 5, i32, i32, i32, i32, i32, 1, i32].join()

/**
 * Writes a tracker of rejections into an engine, whose build exports no way to set one: a function in the engine's table, which
 * tells the host the address of a promise where the guest's functions lead to. The host writes its number
 * into the engine's runtime.
 */
export function addRejectionTracker(wasm: Uint8Array): Uint8Array {
  const sections = readSections(wasm)
  const section = (id: number) => sections.find((one) => one.id === id) ?? missing(id)
  const types = readTypes(wasm, section(sectionIds.type))
  const imported = readImports(wasm, section(sectionIds.import))
  const [call, ...others] = imported.flatMap((type, index) => (types[type] === callType ? [index] : []))
  if (call === undefined || others.length > 0) missing(sectionIds.import)
  const tracker = imported.length + countOf(wasm, section(sectionIds.function))
  const slot = tableSize(wasm, section(sectionIds.table))
  const globals = countOf(wasm, section(sectionIds.global))
  const body = [0, ...tell(call), 0x1a, 0x0b]
  return withSections(
    wasm,
    new Map([
      [sectionIds.type, append(wasm, section(sectionIds.type), [trackerType])],
      [sectionIds.function, append(wasm, section(sectionIds.function), [unsigned(types.length)])],
      [sectionIds.table, Uint8Array.of(1, 0x70, 0, ...unsigned(slot + 1))],
      [sectionIds.global, append(wasm, section(sectionIds.global), [[i32, 0, 0x41, ...signed(slot), 0x0b]])],
      [
        sectionIds.export,
        append(wasm, section(sectionIds.export), [
          [trackerExport.length, ...Buffer.from(trackerExport), 3, ...unsigned(globals)],
        ]),
      ],
      [sectionIds.element, appendElement(wasm, section(sectionIds.element), slot, tracker)],
      [sectionIds.code, append(wasm, section(sectionIds.code), [[...unsigned(body.length), ...body]])],
    ]),
  )
}

/** Calls the host with the context, the address of the promise, whether it is handled, nothing, and the tracker's number. */
function tell(call: number): number[] {
  const [context, promise, isHandled] = [0, 1, 3]
  const lowerHalf = 0xa7
  return [0x20, context, 0x20, promise, lowerHalf, 0x20, isHandled, 0x41, 0, 0x41, trackerId, 0x10, ...unsigned(call)]
}

function missing(id: number): never {
  throw new Error(`Cannot add the rejection tracker to the sandbox engine: its section ${id} is not as expected.`)
}

function countOf(wasm: Uint8Array, section: WasmSection): number {
  return readerAt(wasm, section).unsigned()
}

/** Each type as its bytes. */
function readTypes(wasm: Uint8Array, section: WasmSection): readonly string[] {
  const reader = readerAt(wasm, section)
  return Array.from({ length: reader.unsigned() }, () => {
    const begin = reader.at
    reader.pass(1)
    reader.pass(reader.unsigned())
    reader.pass(reader.unsigned())
    return wasm.subarray(begin, reader.at).join()
  })
}

/** One table of functions, without a maximum. */
function tableSize(wasm: Uint8Array, section: WasmSection): number {
  const reader = readerAt(wasm, section)
  if (reader.unsigned() !== 1 || reader.byte() !== 0x70 || reader.byte() !== 0) missing(sectionIds.table)
  return reader.unsigned()
}

/** One segment that fills the table from its second place on. */
function appendElement(wasm: Uint8Array, section: WasmSection, slot: number, tracker: number): Uint8Array {
  const reader = readerAt(wasm, section)
  const head = [reader.unsigned(), reader.unsigned(), reader.byte(), reader.signed(), reader.byte()]
  const count = reader.unsigned()
  if (head.join() !== [1, 0, 0x41, 1, 0x0b].join() || count !== slot - 1) missing(sectionIds.element)
  const rest = wasm.subarray(reader.at, section.to)
  return Buffer.concat([Buffer.from([...head, ...unsigned(count + 1)]), rest, Buffer.from(unsigned(tracker))])
}
