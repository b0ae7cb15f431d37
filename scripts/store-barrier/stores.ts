import { signed, unsigned, WasmReader } from "../wasm-binary.ts"

/** How many values a function takes and gives. */
export interface FunctionType {
  readonly parameters: number
  readonly results: number
}

/** Bytes to be written before those at `at`, `instead` of so many of them. */
export interface Insert {
  readonly at: number
  readonly bytes: readonly number[]
  readonly instead: number
}

/** One function's code, and what it refers to. */
export interface FunctionCode {
  readonly wasm: Uint8Array
  readonly index: number
  readonly from: number
  readonly to: number
  readonly types: readonly FunctionType[]
  readonly functionTypes: readonly FunctionType[]
  readonly importedCount: number
  /** Where the table of dirty bytes is. */
  readonly map: number
  /** The functions that stand in for `memory.copy` and `memory.fill`. */
  readonly copy: number
  readonly fill: number
}

/** A value on the stack: where the code that made it ends, and the local variable that it was read from. */
interface Value {
  readonly end: number
  readonly local: number
}

interface Block {
  readonly height: number
  readonly results: number
  unreachable: boolean
}

const voidType = 0x40
const pageShift = 12
/** Bytes written by opcodes 0x36 to 0x3e. */
const storeBytes = [4, 8, 4, 8, 1, 2, 1, 2, 4]

/** Where a function stores, and what marks the page there. */
export function barrierInserts(code: FunctionCode): readonly Insert[] {
  const { types, functionTypes, importedCount, map } = code
  const reader = new WasmReader(code.wasm)
  reader.at = code.from
  const own = functionTypes[importedCount + code.index] ?? unknown(code, 0)
  const groupsAt = reader.at
  const groups = reader.unsigned()
  const groupsTo = reader.at
  let locals = own.parameters
  for (let group = 0; group < groups; group++) {
    locals += reader.unsigned()
    reader.pass(1)
  }
  const inserts: Insert[] = [
    { at: groupsAt, bytes: unsigned(groups + 1), instead: groupsTo - groupsAt },
    { at: reader.at, bytes: [1, 0x7f], instead: 0 },
  ]
  const stack: Value[] = []
  const blocks: Block[] = [{ height: 0, results: own.results, unreachable: false }]
  const pop = (count = 1): Value | undefined => {
    let value: Value | undefined
    for (let left = count; left > 0; left--) {
      const block = blocks.at(-1) ?? unknown(code, reader.at)
      if (stack.length > block.height) value = stack.pop()
      else if (block.unreachable) value = undefined
      else unknown(code, reader.at)
    }
    return value
  }
  const push = (count = 1, local = -1) => {
    for (let left = count; left > 0; left--) stack.push({ end: reader.at, local })
  }
  const leave = () => {
    const block = blocks.at(-1) ?? unknown(code, reader.at)
    stack.length = block.height
    block.unreachable = true
  }
  const call = ({ parameters, results }: FunctionType) => {
    pop(parameters)
    push(results)
  }

  while (reader.at < code.to) {
    const begin = reader.at
    const opcode = reader.byte()
    if (opcode === 0x02 || opcode === 0x03 || opcode === 0x04) {
      if (opcode === 0x04) pop()
      const type = reader.byte()
      if (type < voidType) unknown(code, begin)
      blocks.push({ height: stack.length, results: type === voidType ? 0 : 1, unreachable: false })
    } else if (opcode === 0x05) {
      const block = blocks.at(-1) ?? unknown(code, begin)
      stack.length = block.height
      block.unreachable = false
    } else if (opcode === 0x0b) {
      const block = blocks.pop() ?? unknown(code, begin)
      stack.length = block.height
      push(block.results)
    } else if (opcode === 0x0c) {
      reader.unsigned()
      leave()
    } else if (opcode === 0x0d) {
      reader.unsigned()
      pop()
    } else if (opcode === 0x0e) {
      for (let left = reader.unsigned(); left >= 0; left--) reader.unsigned()
      leave()
    } else if (opcode === 0x00 || opcode === 0x0f) leave()
    else if (opcode === 0x10) call(functionTypes[reader.unsigned()] ?? unknown(code, begin))
    else if (opcode === 0x11) {
      const type = types[reader.unsigned()] ?? unknown(code, begin)
      reader.unsigned()
      pop()
      call(type)
    } else if (opcode === 0x1a) pop()
    else if (opcode === 0x1b) {
      pop(3)
      push()
    } else if (opcode === 0x20) {
      const local = reader.unsigned()
      push(1, local)
    } else if (opcode === 0x21 || opcode === 0x24) {
      reader.unsigned()
      pop()
    } else if (opcode === 0x22) {
      reader.unsigned()
      pop()
      push()
    } else if (opcode === 0x23) {
      reader.unsigned()
      push()
    } else if (opcode >= 0x28 && opcode <= 0x35) {
      reader.unsigned()
      reader.unsigned()
      pop()
      push()
    } else if (opcode >= 0x36 && opcode <= 0x3e) {
      const aligned = 2 ** reader.unsigned()
      const offset = reader.unsigned()
      const bytes = storeBytes[opcode - 0x36] ?? unknown(code, begin)
      const address = pop(2)
      // Without an address it stands behind a jump and never runs.
      if (address)
        inserts.push({ at: address.end, bytes: mark(address.local, locals, offset, bytes, aligned, map), instead: 0 })
    } else if (opcode === 0x3f || opcode === 0x40) {
      reader.pass(1)
      if (opcode === 0x40) pop()
      push()
    } else if (opcode === 0x41 || opcode === 0x42) {
      reader.passNumber()
      push()
    } else if (opcode === 0x43 || opcode === 0x44) {
      reader.pass(opcode === 0x43 ? 4 : 8)
      push()
    } else if (opcode >= 0x45 && opcode <= 0xc4) {
      pop(isUnary(opcode) ? 1 : 2)
      push()
    } else if (opcode === 0xfc) {
      const second = reader.unsigned()
      if (second <= 7) {
        pop()
        push()
      } else if (second === 10 || second === 11) {
        reader.pass(second === 10 ? 2 : 1)
        pop(3)
        const bytes = [0x10, ...unsigned(second === 10 ? code.copy : code.fill)]
        inserts.push({ at: begin, bytes, instead: reader.at - begin })
      } else unknown(code, begin)
    } else if (opcode !== 0x01) unknown(code, begin)
  }
  if (blocks.length > 0) unknown(code, reader.at)
  return inserts.sort((left, right) => left.at - right.at)
}

/** Body of a function that copies or fills memory and marks the pages: (address, source or value, length). */
export function markRange(map: number, operation: 10 | 11): readonly number[] {
  const immediate = operation === 10 ? [0, 0] : [0]
  const page = [0x41, pageShift, 0x76]
  const last = [0x20, 0, 0x20, 2, 0x6a, 0x41, ...signed(1), 0x6b, ...page]
  return [
    0,
    ...[0x20, 0, 0x20, 1, 0x20, 2, 0xfc, operation, ...immediate],
    ...[0x20, 2, 0x45, 0x04, voidType, 0x0f, 0x0b],
    ...[0x20, 0, ...page, 0x41, ...signed(map), 0x6a],
    ...[0x41, 1],
    ...[...last, 0x20, 0, ...page, 0x6b, 0x41, 1, 0x6a],
    ...[0xfc, 11, 0],
    0x0b,
  ]
}

/** Marks the page of an address that is on the stack, and leaves the address there. */
function mark(local: number, scratch: number, offset: number, bytes: number, aligned: number, map: number): number[] {
  const source = local === -1 ? scratch : local
  const code = local === -1 ? [0x22, ...unsigned(scratch)] : []
  const markAt = (distance: number) => {
    code.push(0x20, ...unsigned(source))
    if (distance !== 0) code.push(0x41, ...signed(distance), 0x6a)
    code.push(0x41, pageShift, 0x76, 0x41, 1, 0x3a, 0, ...unsigned(map))
  }
  markAt(offset)
  // What is not aligned may stretch into the next page.
  if (aligned < bytes) markAt(offset + bytes - 1)
  return code
}

function isUnary(opcode: number): boolean {
  return (
    opcode === 0x45 ||
    opcode === 0x50 ||
    (opcode >= 0x67 && opcode <= 0x69) ||
    (opcode >= 0x79 && opcode <= 0x7b) ||
    (opcode >= 0x8b && opcode <= 0x91) ||
    (opcode >= 0x99 && opcode <= 0x9f) ||
    opcode >= 0xa7
  )
}

function unknown(code: FunctionCode, at: number): never {
  throw new Error(
    `Cannot add the store barrier to the sandbox engine: function ${code.index} at ${at - code.from} is not as expected.`,
  )
}
