import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import type { Instance } from "../../src/sandbox/engine/instance.ts"
import { compose, packPages, sizeOfPages } from "../../src/sandbox/engine/packed-pages.ts"
import { type Snapshot, writePages } from "../../src/sandbox/engine/snapshot.ts"
import { evaluate, openSandboxes, type Sandboxes, start } from "./memory-after.ts"

let sandboxes: Sandboxes
let instance: Instance
beforeAll(async () => {
  sandboxes = await openSandboxes()
  instance = await sandboxes.newInstance()
})

const number = fc.integer({ min: 0, max: 2000 })
/** What guest code may do to its memory, a kind of store each. */
const statement = fc.oneof(
  number.map((n) => `for (let i = 0; i < ${n}; i++) kept.push({ i, text: "t" + i, half: i / 2 })`),
  number.map((n) => `kept.push("x".repeat(${n * 7}), Array.from({ length: ${n} }, (_, i) => i).sort((a, b) => b - a))`),
  number.map((n) => `kept.push(new Uint8Array(${n * 200}).fill(${n % 256}))`),
  fc.tuple(number, number, number).map(([to, from, n]) => `bytes.copyWithin(${to}, ${from}, ${from + n})`),
  fc.tuple(number, number).map(([at, n]) => `bytes.set(bytes.slice(${n}, ${n * 2}), ${at})`),
  fc.tuple(fc.nat(39_900), number).map(([at, n]) => `view.setFloat64(${at}, ${n} / 3); view.setInt16(${at + 9}, ${n})`),
  fc
    .tuple(fc.nat(39_900), number)
    .map(([at, n]) => `view.setBigInt64(${at}, ${n}n ** 5n); view.setFloat32(${at + 9}, ${n})`),
  fc
    .tuple(fc.nat(4000), number)
    .map(([at, n]) => `new Float64Array(bytes.buffer)[${at}] = ${n}; new Uint16Array(bytes.buffer)[${at}]++`),
  number.map(
    (n) => `kept.push(JSON.parse(JSON.stringify(Array.from({ length: ${n} }, (_, id) => ({ id, name: "n" + id })))))`,
  ),
  number.map((n) => `kept.push("a${n},b".repeat(${n}).replace(/(\\w+),/g, (_, w) => w + "é"))`),
  number.map(
    (n) =>
      `for (let i = 0; i < ${n % 300}; i++) kept.push(new Map([[i, new Set([i])]]), Symbol(i), new Date(i * 1e9).toString())`,
  ),
  number.map(
    (n) => `const deep = (n) => n === 0 ? new Error("${n}").stack : deep(n - 1) + ""; kept.push(deep(${n % 60}))`,
  ),
  number.map((n) => `kept.push(2n ** ${n}n, [...function* () { for (let i = 0; i < ${n}; i++) yield i }()])`),
  fc.constantFrom("Array", "JSON", "Promise", "URL", "console", "host").map((name) => `delete globalThis.${name}`),
  fc.constant("Object.prototype.planted = 1; Array.prototype.map = null; kept.length = 0"),
  number.map(
    (n) =>
      `Promise.resolve().then(() => kept.push(${n})); setTimeout(() => {}, ${n}); console.log("${n}", kept.length)`,
  ),
)
const program = fc
  .array(statement, { minLength: 1, maxLength: 6 })
  .map((parts) => parts.map((part) => `{ ${part} }`).join("\n"))
const head = "const bytes = new Uint8Array(40_000); const view = new DataView(bytes.buffer); const kept = [];"
const moduleOf = (body: string) =>
  `${head} ${body.includes("setTimeout") ? "" : body}\nexport default (x) => { ${body}; return kept.length }`

/** Nothing stands in an instance's memory but what a snapshot holds. */
function expectWhole({ engine }: Instance, { addresses, difference }: Snapshot): void {
  const { bytes } = engine.memory
  const { stackStart, heapStart } = addresses
  const { low, heap } = sandboxes.base
  const whole = Buffer.alloc(Math.max(bytes.length, heapStart + heap.length))
  whole.set(low.subarray(0, stackStart))
  whole.set(heap, heapStart)
  if (difference) writePages(whole, difference)
  expect(bytes.compare(whole, 0, stackStart, 0, stackStart)).toBe(0)
  expect(bytes.compare(whole, heapStart, bytes.length, heapStart)).toBe(0)
}

function isZero(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes[0] === 0 && bytes.compare(bytes, 0, bytes.length - 1, 1, bytes.length) === 0)
}

function versionOf(code: string, organisation = "a"): Snapshot {
  instance.restore(organisation, sandboxes.base)
  evaluate(instance, code)
  return compose(sandboxes.base, instance.capture())
}

describe("after a restore", () => {
  it("the memory is the snapshot, byte for byte, whatever code ran in whichever order", () => {
    const step = fc.record({ version: fc.nat(3), organisation: fc.constantFrom("a", "b") })
    fc.assert(
      fc.property(
        fc.array(program, { minLength: 3, maxLength: 3 }),
        fc.array(step, { minLength: 1, maxLength: 8 }),
        (programs, steps) => {
          const versions = [sandboxes.base, ...programs.map((body) => versionOf(moduleOf(body)))]
          for (const { version, organisation } of steps) {
            const snapshot = versions[version] ?? sandboxes.base
            const changes = instance.owner !== organisation
            instance.restore(organisation, snapshot)
            expectWhole(instance, snapshot)
            const { dirtyPages, bytes } = instance.engine.memory
            if (changes) expect(isZero(bytes.subarray(dirtyPages.end, snapshot.addresses.heapStart))).toBe(true)
            start(instance, "1")
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it("a store across two pages is gone from both", () => {
    const size = 64 * 4096
    const version = versionOf(
      `const bytes = new Uint8Array(${size}); for (let i = 0; i < 16; i++) bytes[i] = 0xa0 + i
       const view = new DataView(bytes.buffer); export default (at) => { view.setFloat64(at, 1 / 3) }`,
    )
    const marker = Buffer.from(Array.from({ length: 16 }, (_, index) => 0xa0 + index))
    const address = instance.engine.memory.bytes.indexOf(marker)
    expect(address).toBeGreaterThan(0)
    for (let page = 1; page < 60; page++) {
      const boundary = (Math.ceil(address / 4096) + page) * 4096
      instance.restore("a", version)
      start(instance, String(boundary - address - 1 - (page % 7)))
      expect(instance.engine.memory.bytes[boundary]).not.toBe(0)
      instance.restore("a", version)
      expectWhole(instance, version)
    }
  })

  it("memory that a call grew is zero again", async () => {
    const grown = await sandboxes.newInstance()
    grown.restore("a", sandboxes.base)
    evaluate(grown, "export default () => { globalThis.kept = new Uint8Array(30_000_000).fill(7) }")
    start(grown, "1")
    expect(grown.engine.memory.bytes.length).toBeGreaterThan(32_000_000)
    grown.restore("a", sandboxes.base)
    expectWhole(grown, sandboxes.base)
  })
})

describe("the image of a call", () => {
  it.each(["1", "30_000_000"])("is all that the call changed, in any instance, with %s bytes more", async (length) => {
    const [first, second] = [await sandboxes.newInstance(), await sandboxes.newInstance()]
    const code = `${head} let more
      export default async (x) => {
        kept.push("own".repeat(1000)); more = new Uint8Array(${length}).fill(9); bytes.fill(3, 5000, 9001)
        await new Promise((done) => setTimeout(done)); return kept.length
      }`
    const version = versionOf(code)
    // What other versions leave in the second instance is not there.
    second.restore("b", versionOf(moduleOf("kept.push('other'.repeat(100_000))"), "b"))
    start(second, "1")
    first.restore("a", version)
    start(first, "1")
    const { engine } = first
    const [before, top] = [Buffer.from(engine.bytes), engine.topAddress]
    second.restore("a", version, first.capture())
    const { stackStart, heapStart } = version.addresses
    const after = second.engine.bytes
    expect(after.compare(before, 0, stackStart, 0, stackStart)).toBe(0)
    expect(after.compare(before, heapStart, top, heapStart, top)).toBe(0)
    expect(second.capture().bytes.length).toBe(first.capture().bytes.length)
    first.restore("a", version, second.capture())
    expect(first.engine.bytes.compare(before, heapStart, top, heapStart, top)).toBe(0)
  })
})

describe("a packed snapshot", () => {
  it("is unpacked to the same bytes, whatever module code left", () => {
    fc.assert(
      fc.property(program, (body) => {
        const { own, difference } = versionOf(moduleOf(body))
        if (!own || !difference) throw new Error("A version differs from the base.")
        const unpacked = compose(sandboxes.base, packPages(difference, sandboxes.base)).own
        expect(unpacked?.offsets).toEqual(own.offsets)
        expect(Buffer.compare(unpacked?.bytes ?? zero, own.bytes)).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  it("takes a fifth at most where module code does little", () => {
    const { difference } = versionOf("export default (x) => x")
    if (!difference) throw new Error("A version differs from the base.")
    expect(sizeOfPages(packPages(difference, sandboxes.base))).toBeLessThan(difference.bytes.length / 5)
  })
})

const zero = new Uint8Array()
