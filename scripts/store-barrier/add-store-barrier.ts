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
import { barrierInserts, type FunctionType, type Insert, markRange } from "./stores.ts"

const sectionIds = { type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 }
const i32 = 0x7f
const stackBytes = 5 * 1024 * 1024
/** Left free between static data and the table. */
const stackEndBytes = 65_536

/** The exported global that tells the host where the table begins. */
const dirtyMapExport = "dirty"

/**
 * Writes a store barrier into an engine: whatever the code stores marks the 4 KB page that it stores to, by a byte of
 * its own in a table at the deep end of the C stack, which no stack reaches.
 */
export function addStoreBarrier(wasm: Uint8Array): Uint8Array {
  const sections = readSections(wasm)
  const section = (id: number) => sections.find((one) => one.id === id) ?? missing(id)
  const types = readTypes(wasm, section(sectionIds.type))
  const imported = readImports(wasm, section(sectionIds.import))
  const own = readNumbers(wasm, section(sectionIds.function))
  const globals = readGlobals(wasm, section(sectionIds.global))
  const map = (globals.stackTop - stackBytes + stackEndBytes) & ~4095
  const functionTypes = [...imported, ...own].map((type) => types[type] ?? missing(sectionIds.type))
  const copy = functionTypes.length
  const rewritten = new Map<number, Uint8Array>([
    [sectionIds.type, append(wasm, section(sectionIds.type), [[0x60, 3, i32, i32, i32, 0]])],
    [sectionIds.function, append(wasm, section(sectionIds.function), [unsigned(types.length), unsigned(types.length)])],
    [sectionIds.global, append(wasm, section(sectionIds.global), [[i32, 0, 0x41, ...signed(map), 0x0b]])],
    [
      sectionIds.export,
      append(wasm, section(sectionIds.export), [
        [dirtyMapExport.length, ...Buffer.from(dirtyMapExport), 3, ...unsigned(globals.count)],
      ]),
    ],
    [
      sectionIds.code,
      rewriteCode(
        wasm,
        section(sectionIds.code),
        (body) =>
          barrierInserts({
            wasm,
            ...body,
            types,
            functionTypes,
            importedCount: imported.length,
            map,
            copy,
            fill: copy + 1,
          }),
        [markRange(map, 10), markRange(map, 11)],
      ),
    ],
  ])
  return withSections(wasm, rewritten)
}

function missing(id: number): never {
  throw new Error(`Cannot add the store barrier to the sandbox engine: its section ${id} is not as expected.`)
}

function readTypes(wasm: Uint8Array, section: WasmSection): readonly FunctionType[] {
  const reader = readerAt(wasm, section)
  return Array.from({ length: reader.unsigned() }, () => {
    reader.pass(1)
    const parameters = reader.unsigned()
    reader.pass(parameters)
    const results = reader.unsigned()
    reader.pass(results)
    return { parameters, results }
  })
}

function readNumbers(wasm: Uint8Array, section: WasmSection): readonly number[] {
  const reader = readerAt(wasm, section)
  return Array.from({ length: reader.unsigned() }, () => reader.unsigned())
}

/** The first global is the C stack pointer; it begins at the stack's top. */
function readGlobals(wasm: Uint8Array, section: WasmSection): { readonly count: number; readonly stackTop: number } {
  const reader = readerAt(wasm, section)
  const count = reader.unsigned()
  const [type, mutable, opcode] = [reader.byte(), reader.byte(), reader.byte()]
  const stackTop = reader.signed()
  if (type !== i32 || mutable !== 1 || opcode !== 0x41 || stackTop < stackBytes) missing(sectionIds.global)
  return { count, stackTop }
}

/** The code section with something inserted into each function, and further functions. */
function rewriteCode(
  wasm: Uint8Array,
  section: WasmSection,
  insertsOf: (body: { readonly index: number; readonly from: number; readonly to: number }) => readonly Insert[],
  more: readonly (readonly number[])[],
): Uint8Array {
  const reader = readerAt(wasm, section)
  const count = reader.unsigned()
  const parts: Uint8Array[] = [Buffer.from(unsigned(count + more.length))]
  for (let index = 0; index < count; index++) {
    const length = reader.unsigned()
    const [start, to] = [reader.at, reader.at + length]
    reader.at = to
    const inserts = insertsOf({ index, from: start, to })
    const grown = inserts.reduce((sum, insert) => sum + insert.bytes.length - insert.instead, length)
    parts.push(Buffer.from(unsigned(grown)))
    let position = start
    for (const { at, bytes, instead } of inserts) {
      parts.push(wasm.subarray(position, at), Buffer.from(bytes))
      position = at + instead
    }
    parts.push(wasm.subarray(position, to))
  }
  for (const body of more) parts.push(Buffer.from([...unsigned(body.length), ...body]))
  return Buffer.concat(parts)
}
