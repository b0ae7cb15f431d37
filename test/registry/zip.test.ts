import { randomBytes } from "node:crypto"
import { deflateRawSync } from "node:zlib"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { ZipFile } from "yazl"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { crc32, crc32ByTable } from "../../src/registry/crc32.ts"
import { readUpload } from "../../src/registry/upload.ts"
import { type MadeEntry, makeZip } from "./archive.ts"

const handler = "export default () => 1"

async function names(entries: readonly MadeEntry[]): Promise<string[]> {
  return [...(await readUpload({ zip: makeZip(entries) })).keys()]
}

/** What a refused archive answers: the code, the entry that is named, and the reason. */
async function refusal(zip: Uint8Array, limits = {}): Promise<{ code: string; path: string; message: string }> {
  const error = await readUpload({ zip }, limits).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(FunctionsError)
  const { code, issues, message } = error as FunctionsError
  expect(message).toContain(issues?.[0]?.path)
  return { code, path: issues?.[0]?.path ?? "", message: issues?.[0]?.message ?? "" }
}

async function refusedEntry(entry: MadeEntry): Promise<{ code: string; path: string; message: string }> {
  return refusal(makeZip([{ name: "index.js", content: handler }, entry]))
}

describe("a ZIP upload", () => {
  test("is read with packed and stored files, folders, and a comment", async () => {
    const zip = makeZip(
      [
        { name: "src/", mode: 0o040755, method: 0 },
        { name: "src/index.ts", content: handler },
        { name: "data/räume.json", content: "[1]", method: 0 },
        { name: "empty.txt", content: "" },
      ],
      "made by hand",
    )
    const files = await readUpload({ zip })
    expect(Object.fromEntries([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]))).toEqual({
      "src/index.ts": handler,
      "data/räume.json": "[1]",
      "empty.txt": "",
    })
  })

  test("is read as an archiver writes it, with sizes behind the content", async () => {
    const archive = new ZipFile()
    archive.addBuffer(Buffer.from(handler), "index.js", { forceZip64Format: true })
    archive.addReadStreamLazy("big.bin", { compress: true }, (give) => {
      import("node:stream").then(({ Readable }) =>
        give(null, Readable.from([Buffer.alloc(70_000, "ab"), randomBytes(9000)])),
      )
    })
    archive.end()
    const chunks: Buffer[] = []
    for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer)
    const files = await readUpload({ zip: Buffer.concat(chunks) })
    expect([...files].map(([path, bytes]) => [path, bytes.length])).toEqual([
      ["index.js", handler.length],
      ["big.bin", 79_000],
    ])
  })

  test("loses the one folder that everything stands in, but not src", async () => {
    expect(await names([{ name: "my-function-main/index.ts" }, { name: "my-function-main/lib/a.ts" }])).toEqual([
      "index.ts",
      "lib/a.ts",
    ])
    expect(await names([{ name: "src/handler.ts" }])).toEqual(["src/handler.ts"])
    expect(await names([{ name: "a/index.ts" }, { name: "b/index.ts" }])).toEqual(["a/index.ts", "b/index.ts"])
  })

  test("loses what archivers and file managers leave in it", async () => {
    const entries = [{ name: "__MACOSX/._index.ts" }, { name: "lib/.DS_Store" }, { name: "index.ts" }]
    expect(await names(entries)).toEqual(["index.ts"])
  })

  test.each([
    ["../evil.js", "leads outside"],
    ["a/../../evil.js", "leads outside"],
    ["a/./../..//evil.js", "leads outside"],
    ["..", "leads outside"],
    ["../", "leads outside"],
    ["__MACOSX/../../evil.js", "leads outside"],
    [".", "names no file"],
    ["/etc/passwd", "absolute"],
    ["//host/share", "absolute"],
    ["C:evil.js", "drive letter"],
    ["c:/evil.js", "drive letter"],
    ["..\\evil.js", "backslash"],
    ["a\\b.js", "backslash"],
    ["nul\0.js", "NUL"],
    ["a\nb.js", "control character"],
    ["", "no name"],
    ["a".repeat(2000), "1024 characters"],
    ["a/".repeat(150).concat("b"), "folders deep"],
  ])("is refused with an entry named %j", async (name, reason) => {
    const { code, message } = await refusedEntry({ name, content: "x" })
    expect(code).toBe("FN_005")
    expect(message).toContain(reason)
  })

  test.each([
    ["a symbolic link", { mode: 0o120777, content: "/etc/passwd" }, "symbolic link"],
    ["a device", { mode: 0o020666 }, "no plain file"],
    ["a pipe", { mode: 0o010644 }, "no plain file"],
    ["encrypted", { flags: 0x801, content: "secret" }, "encrypted"],
    ["encrypted with AES", { method: 99, content: "secret" }, "encrypted"],
    ["packed with an unknown method", { method: 12, content: "x" }, "method 12"],
    ["stored with a bad checksum", { method: 0, content: "abc", crc: 1 }, "bad checksum"],
    ["packed with a bad checksum", { content: "abc", crc: 1 }, "bad checksum"],
    ["shorter than claimed", { content: "abc", claimedBytes: 9 }, "size that its header claims"],
    ["longer than claimed", { content: "abc".repeat(99), claimedBytes: 3 }, "more than its header claims"],
    ["stored with two sizes", { method: 0, content: "abc", claimedBytes: 4 }, "two sizes differ"],
    ["damaged", { content: "abc", packed: Buffer.from([7, 7, 7, 7]) }, "damaged or truncated"],
    [
      "cut off",
      { content: "abcabc", packed: deflateRawSync(Buffer.from("abcabc")).subarray(0, 4) },
      "damaged or truncated",
    ],
    ["named differently at its content", { content: "x", localName: "f" }, "another name"],
  ])("is refused with an entry that is %s, naming it", async (_, entry, reason) => {
    const refused = await refusedEntry({ name: "x/f.js", ...entry })
    expect(refused).toEqual({ code: "FN_005", path: "x/f.js", message: expect.stringContaining(reason) })
  })

  test.each([
    ["the same", "index.js", "twice"],
    ["the same with dots", ".//./index.js", "twice"],
    ["the same in other letters", "INDEX.js", "letter case"],
    ["the folder of another", "lib", "file and a folder"],
    ["below a file", "index.js/more.js", "below an entry that is a file"],
  ])("is refused with a second name that is %s", async (_, name, reason) => {
    const zip = makeZip([{ name: "index.js" }, { name: "lib/a.js" }, { name }])
    expect((await refusal(zip)).message).toContain(reason)
  })

  test("is refused with one name in two Unicode forms", async () => {
    const { message } = await refusal(makeZip([{ name: "caf\u00e9.js" }, { name: "cafe\u0301.js" }]))
    expect(message).toMatch(/twice|Unicode form/)
  })

  test("is refused where an entry unpacks to more than 100 times its size", async () => {
    const zip = makeZip([{ name: "zeros.bin", content: Buffer.alloc(1_000_000) }])
    expect(await refusal(zip)).toMatchObject({ path: "zeros.bin", message: expect.stringContaining("100 times") })
  })

  test("is refused where small entries together unpack to more than 100 times the archive", async () => {
    const entries = Array.from({ length: 200 }, (_, index) => ({ name: `${index}`, content: Buffer.alloc(60_000) }))
    expect((await refusal(makeZip(entries))).message).toContain("100 times")
  })

  test("is refused where it unpacks to more than 50 MB", async () => {
    const content = Buffer.alloc(11 * 1024 * 1024)
    for (let at = 0; at < content.length; at += 64) content.writeUInt32LE((at * 2_654_435_761) >>> 0, at)
    const packed = deflateRawSync(content)
    const crc = crc32(content)
    const entries = Array.from({ length: 5 }, (_, i) => ({
      name: `${i}.bin`,
      packed,
      crc,
      claimedBytes: content.length,
    }))
    expect(await refusal(makeZip(entries))).toMatchObject({
      path: "4.bin",
      message: expect.stringContaining("52428800"),
    })
  })

  test("is refused where its header claims more than 50 MB, before anything is unpacked", async () => {
    const zip = makeZip([{ name: "a.bin", content: "abc", claimedBytes: 0xfffffff0 }])
    expect((await refusal(zip)).path).toBe("a.bin")
  })

  test("is refused where entries share their bytes", async () => {
    const zip = makeZip([
      { name: "a.bin", content: randomBytes(100) },
      { name: "a.bin", content: "", shareWith: 0 },
    ])
    expect((await refusal(zip)).message).toContain("shares its bytes")
  })

  test("is refused with more than 10,000 entries, folders counted", async () => {
    const entries = Array.from({ length: 10_001 }, (_, index) => ({ name: `f${index}/`, method: 0, mode: 0o040755 }))
    expect((await refusal(makeZip(entries))).message).toContain("10000 entries")
    await expect(readUpload({ zip: makeZip([...entries.slice(0, 9999), { name: "index.js" }]) })).resolves.toBeDefined()
  })

  test.each([
    ["empty", makeZip([])],
    ["no archive", Buffer.from("\x1f\x8b\x08 not a ZIP archive at all")],
    ["no bytes", Buffer.alloc(0)],
    ["cut in the middle", makeZip([{ name: "index.js", content: randomBytes(4000) }]).subarray(0, 2500)],
    ["of folders alone", makeZip([{ name: "a/", method: 0, mode: 0o040755 }])],
    ["of litter alone", makeZip([{ name: ".DS_Store", content: "x" }])],
  ])("is refused where it is %s", async (_, zip) => {
    expect((await refusal(zip)).code).toBe("FN_005")
  })

  test("with any bytes changed is read or refused, and never brings the process down or a path outside", async () => {
    const whole = makeZip(
      [
        { name: "index.js", content: handler },
        { name: "lib/deep/a.txt", content: "abc".repeat(500) },
        { name: "b.bin", content: randomBytes(50), method: 0 },
      ],
      "comment",
    )
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(whole.length), async (changes, cut) => {
        const zip = Buffer.from(changes.length % 3 === 0 ? whole.subarray(0, cut) : whole)
        for (const [at, byte] of changes) if (at < zip.length) zip[at] = byte
        try {
          for (const path of (await readUpload({ zip })).keys())
            expect(path).toMatch(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))./)
        } catch (error) {
          expect(error).toBeInstanceOf(FunctionsError)
        }
      }),
      { numRuns: 300 },
    )
  })

  test("is unpacked while other work goes on", async () => {
    const content = randomBytes(20 * 1024 * 1024)
    const zip = makeZip([
      { name: "index.js", content: handler },
      { name: "big.bin", content, method: 0 },
    ])
    let turns = 0
    let isOver = false
    const turn = () => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    await readUpload({ zip })
    isOver = true
    // The loop turns once for what reading begins and ends with; more turns come of the pauses between the pieces.
    expect(turns).toBeGreaterThan(3)
  })
})

test("the checksum by table agrees with the known value and with Node's own", () => {
  expect(crc32ByTable(Buffer.from("123456789"))).toBe(0xcbf43926)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
      const inSteps = crc32ByTable(bytes.subarray(cut), crc32ByTable(bytes.subarray(0, cut)))
      expect(inSteps).toBe(crc32ByTable(bytes))
      expect(crc32(bytes)).toBe(crc32ByTable(bytes))
    }),
  )
})
