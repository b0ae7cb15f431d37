import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, posix } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { readUpload, type UploadInput } from "../../src/registry/upload.ts"
import { toPathKey, toUploadPath } from "../../src/registry/upload-path.ts"

async function refusal(input: UploadInput, limits = {}): Promise<FunctionsError> {
  const error = await readUpload(input, limits).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(FunctionsError)
  expect(error).toMatchObject({ code: "FN_005" })
  return error as FunctionsError
}

function texts(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]))
}

describe("an upload", () => {
  test("is exactly one of source, files, directory and zip", async () => {
    await expect(readUpload({})).rejects.toThrow(TypeError)
    await expect(readUpload({ source: "", files: {} })).rejects.toThrow(TypeError)
    for (const input of [{ source: 1 }, { files: [] }, { files: { a: 1 } }, { directory: "" }, { zip: "PK" }]) {
      await expect(readUpload(input as never)).rejects.toThrow(TypeError)
    }
  })

  test("of source text becomes index.ts", async () => {
    expect(texts(await readUpload({ source: "export default 1" }))).toEqual({ "index.ts": "export default 1" })
  })

  test("of files takes text and bytes under normalised names", async () => {
    const files = { "./index.ts": "ü", "a//b.bin": new Uint8Array([65]), ".DS_Store": "x" }
    expect(texts(await readUpload({ files }))).toEqual({ "index.ts": "ü", "a/b.bin": "A" })
  })

  test("of files obeys the rules and limits of archives", async () => {
    expect((await refusal({ files: { "../a.js": "" } })).message).toContain("outside")
    expect((await refusal({ files: { "a.js": "", "A.js": "" } })).message).toContain("letter case")
    expect((await refusal({ files: {} })).message).toContain("no files")
    expect((await refusal({ files: { a: "12345", b: "6" } }, { maxBytes: 5 })).issues?.[0]?.path).toBe("b")
    expect((await refusal({ files: { a: "123456" } }, { maxFileBytes: 5 })).issues?.[0]?.path).toBe("a")
    expect((await refusal({ files: { a: "", b: "", c: "" } }, { maxEntries: 2 })).message).toContain("2 entries")
  })

  test("of files takes a file named __proto__ as any other", async () => {
    const files = JSON.parse('{ "__proto__": "x", "index.js": "y" }') as Record<string, string>
    expect([...(await readUpload({ files })).keys()]).toEqual(["__proto__", "index.js"])
  })
})

describe("a folder", () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "inlay-upload-"))
    await mkdir(join(folder, "function/lib"), { recursive: true })
    await writeFile(join(folder, "outside.txt"), "OUTSIDE")
    await writeFile(join(folder, "function/index.ts"), "export default 1")
    await writeFile(join(folder, "function/lib/a.ts"), "a")
  })
  afterEach(() => rm(folder, { recursive: true }))

  const upload = () => readUpload({ directory: join(folder, "function") })

  async function refusedPath(): Promise<string | undefined> {
    const error = await refusal({ directory: join(folder, "function") })
    expect(JSON.stringify([error.message, error.issues])).not.toContain(folder)
    expect(error.cause).toBeUndefined()
    return error.issues?.[0]?.path
  }

  test("is read without its history and caches", async () => {
    for (const litter of [".git", "node_modules/.cache", "node_modules/.bin", "node_modules/kept"]) {
      await mkdir(join(folder, "function", litter), { recursive: true })
      await writeFile(join(folder, "function", litter, "file.js"), "x")
    }
    expect([...(await upload()).keys()]).toEqual(["index.ts", "lib/a.ts", "node_modules/kept/file.js"])
  })

  test("is read with the links that stay inside", async () => {
    await symlink("lib/a.ts", join(folder, "function/b.ts"))
    await symlink("lib", join(folder, "function/link"))
    expect(texts(await upload())).toMatchObject({ "b.ts": "a", "link/a.ts": "a", "lib/a.ts": "a" })
  })

  test.each([
    ["to a file outside", "../outside.txt"],
    ["to a file outside, by its whole path", "/etc/hostname"],
    ["to the folder above", ".."],
    ["to nothing", "nowhere"],
    ["to the folder itself", "."],
  ])("is refused with a link %s", async (_, target) => {
    await symlink(target, join(folder, "function/link"))
    expect(await refusedPath()).toBe("link")
  })

  test("is refused with a link to a folder that it stands in", async () => {
    await symlink("..", join(folder, "function/lib/up"))
    expect(await refusedPath()).toBe("lib/up")
  })

  test("is refused over the limits", async () => {
    const directory = join(folder, "function")
    expect((await refusal({ directory }, { maxEntries: 2 })).message).toContain("2 entries")
    expect((await refusal({ directory }, { maxBytes: 16 })).issues?.[0]?.path).toBe("lib/a.ts")
  })

  test("is refused where it is none, without saying where that was", async () => {
    for (const directory of [join(folder, "missing"), join(folder, "outside.txt")]) {
      expect((await refusal({ directory })).message).not.toContain(folder)
    }
  })
})

describe("a path of an upload", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "",
      "/",
      "\\",
      "C:",
      "a",
      "..%2f",
      "%2e%2e",
      "\0",
      "\u2028",
      "\ud800",
      "\u212a:",
      "é",
      "e\u0301",
      "．．",
      "…",
    ),
    fc.string({ unit: "binary" }),
  )
  const name = fc
    .array(piece, { maxLength: 12 })
    .chain((pieces) => fc.constantFrom("/", "").map((glue) => pieces.join(glue)))

  test("has the key of the same path in other letter case, whatever the letter", () => {
    const letters = Array.from({ length: 0x11_0000 }, (_, point) => point)
      .filter((point) => point < 0xd800 || point > 0xdfff)
      .map((point) => String.fromCodePoint(point))
    expect(letters.filter((letter) => toPathKey(toPathKey(letter)) !== toPathKey(letter))).toEqual([])
    expect(toPathKey("STRAẞE")).toBe(toPathKey("straße"))
    expect(toPathKey("straße")).toBe(toPathKey("STRASSE"))
  })

  test("never leads anywhere else, whatever name comes in", () => {
    fc.assert(
      fc.property(name, (given) => {
        let path: string
        try {
          path = toUploadPath(given)
        } catch (error) {
          expect(error).toBeInstanceOf(FunctionsError)
          return
        }
        expect(posix.join("/root", path)).toBe(`/root/${path}`)
        expect(posix.resolve("/root", path).startsWith("/root/")).toBe(true)
        expect(path).not.toMatch(/[\\\p{Cc}\p{Cs}\u2028\u2029]|^[A-Za-z]:/u)
        expect(toUploadPath(path)).toBe(path)
        expect(toPathKey(toPathKey(path))).toBe(toPathKey(path))
      }),
      { numRuns: 3000 },
    )
  })
})
