import { readFileSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import { afterEach, describe, expect, test } from "vitest"
import { type Bundler, type BundlerOptions, createBundler } from "../../src/registry/bundler.ts"
import { readUpload } from "../../src/registry/upload.ts"

const modules = {}
const fine = { "index.ts": "export default () => 1" }
const open: Bundler[] = []

function newBundler(options: BundlerOptions = {}): Bundler {
  const bundler = createBundler(options)
  open.push(bundler)
  return bundler
}

afterEach(async () => {
  for (const bundler of open.splice(0)) bundler.close()
  // A process that was killed is gone a moment later; the next test counts its own.
  await allGone()
})

async function bundle(bundler: Bundler, files: Record<string, string>) {
  return bundler.bundle(await readUpload({ files }), { modules })
}

/** Processes that bundlers of this test started, and those that they started, where the system tells. */
async function running(): Promise<string[]> {
  if (process.platform !== "linux") return []
  const found: string[] = []
  for (const pid of await readdir("/proc")) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
    const [, state, parent, group] = /\) (\S) (\d+) (\d+)/.exec(stat) ?? []
    if (state === undefined || state === "Z") continue
    const leader = await readFile(`/proc/${group}/stat`, "utf8").catch(() => "")
    const ours = [parent, /\) \S (\d+)/.exec(leader)?.[1]].includes(String(process.pid))
    if (ours && group !== String(process.pid) && (pid === group || parent === group)) found.push(pid)
  }
  return found
}

/** Waits for all of them to be gone. */
async function allGone(): Promise<void> {
  await expect.poll(running).toEqual([])
}

/** Stops the one process that runs, so that no build of it ends by itself, where the system tells which it is. */
async function holdUp(): Promise<void> {
  if (process.platform !== "linux") return
  await expect.poll(running).toHaveLength(1)
  const [pid] = await running()
  process.kill(Number(pid), "SIGSTOP")
}

describe("a bundler", () => {
  // Each takes more than a second of a machine that has nothing else to do.
  test.each(["[", "!", "`${"])("survives 600 KB of nested %s, and the next upload is bundled", async (open) => {
    const bundler = newBundler()
    const nested = { "index.ts": `export default ${open.repeat(600_000 / open.length)}` }
    const error = await bundle(bundler, nested).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: "FN_005", issues: [{ path: "index.ts" }] })
    expect((error as Error).message).not.toMatch(/goroutine|panic|\.go:|node_modules/)
    await expect(bundle(bundler, fine)).resolves.toMatchObject({ entry: { path: "index.ts" } })
  })

  test("ends a build that takes too long, with all its processes", async () => {
    const bundler = newBundler({ limits: { timeMs: 1 } })
    await expect(bundle(bundler, fine)).rejects.toMatchObject({
      code: "FN_005",
      message: expect.stringContaining("more than 1 ms"),
    })
    await allGone()
  })

  test.runIf(process.platform === "linux")("ends a build that takes too much memory", async () => {
    const doubling = Array.from({ length: 40 }, (_, index) => `a${index + 1} = a${index} + a${index}`)
    const source = `enum E { a0 = '${"x".repeat(1000)}', ${doubling} }; export default E`
    const bundler = newBundler({ limits: { memoryMb: 400 } })
    await expect(bundle(bundler, { "index.ts": source })).rejects.toMatchObject({
      code: "FN_005",
      message: expect.stringContaining("400 MB"),
    })
    await allGone()
  })

  test("refuses a bundle, or a source map, that is too large", async () => {
    const source = { "index.ts": `export default "${"x".repeat(2000)}"` }
    for (const [limits, said] of [
      [{ maxCodeBytes: 1000 }, "the bundle has"],
      [{ maxSourceMapBytes: 1000 }, "the source map has"],
    ] as const) {
      await expect(bundle(newBundler({ limits }), source)).rejects.toMatchObject({
        code: "FN_005",
        message: expect.stringContaining(said),
      })
    }
  })

  test("bundles many uploads at once, a few at a time", async () => {
    const bundler = newBundler({ concurrency: 2 })
    const many = Array.from({ length: 6 }, (_, index) => bundle(bundler, { "index.ts": `export default ${index}` }))
    const codes = (await Promise.all(many)).map(({ code }) => /= (\d)/.exec(code)?.[1])
    expect(codes).toEqual(["0", "1", "2", "3", "4", "5"])
  })

  test("has the uploads of others take turns with those of one that sends many", async () => {
    const bundler = newBundler({ concurrency: 1 })
    const files = await readUpload({ files: fine })
    const order: string[] = []
    const bundleFor = async (owner: string) => {
      const session = bundler.session(owner)
      await session.bundle(files, { modules }).finally(session.close)
      order.push(owner)
    }
    await Promise.all(["many", "many", "many", "many", "many", "few"].map(bundleFor))
    expect(order.indexOf("few")).toBeLessThan(3)
  })

  test("takes an upload of many and of large files", async () => {
    const files: Record<string, string> = {
      "index.js": 'import "./f0.js"; import text from "./large.txt"; export default text.length',
      "large.txt": "text ".repeat(1_000_000),
    }
    for (let index = 0; index < 3000; index++) files[`f${index}.js`] = `import "./f${index + 1}.js"; g(${index})`
    files["f3000.js"] = ""
    const { code } = await bundle(newBundler(), files)
    expect(code).toContain("g(2999)")
  })

  test("takes the process that was prepared", async () => {
    const bundler = newBundler()
    bundler.prepare()
    bundler.prepare()
    const prepared = (await running()).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("bundler"))
    expect(prepared).toHaveLength(process.platform === "linux" ? 1 : 0)
    const session = bundler.session()
    const files = await readUpload({ files: fine })
    await session.bundle(files, { modules })
    expect(await running()).toEqual(expect.arrayContaining(prepared))
    session.close()
    await allGone()
  })

  test("ends the process that was prepared and not needed when it is closed", async () => {
    const bundler = newBundler()
    bundler.prepare()
    bundler.close()
    await allGone()
    bundler.prepare()
    expect(await running()).toEqual([])
  })

  test("fails what waits and what runs when it is closed, and leaves no process", async () => {
    const bundler = newBundler({ concurrency: 1 })
    const session = bundler.session()
    const files = await readUpload({ files: fine })
    await holdUp()
    const both = [session, bundler]
      .map((each) => each.bundle(files, { modules }))
      .map((each) => each.catch((error: unknown) => error))
    bundler.close()
    for (const error of await Promise.all(both)) {
      expect(error).toMatchObject({ code: "FN_005", message: expect.stringContaining("closed") })
    }
    expect(() => bundler.session()).toThrow("closed")
    await allGone()
  })
})

describe("a session", () => {
  test("bundles configuration and function in one process, which ends with it", async () => {
    const session = newBundler().session()
    const files = await readUpload({
      files: { ...fine, "function.config.ts": "export default { memory: 256 as number }" },
    })
    const code = 'import * as module from "./function.config.ts"; export default () => module.default'
    const configuration = await session.bundleCode(files, { code, path: "function.config.ts", modules })
    expect(configuration.code).toContain("memory: 256")
    const before = await running()
    expect(await session.bundle(files, { modules })).toMatchObject({ entry: { path: "index.ts" } })
    expect(await running()).toEqual(before)
    session.close()
    await allGone()
  })

  test.runIf(process.platform === "linux")(
    "leaves its process to the next upload of the same owner alone",
    async () => {
      const bundler = newBundler()
      const files = await readUpload({ files: fine })
      const bundleFor = async (owner: string | undefined, upload = files) => {
        const session = bundler.session(owner)
        await session.bundle(upload, { modules })
        const pids = await running()
        session.close()
        return pids
      }
      const first = await bundleFor("one")
      expect(await bundleFor("one")).toEqual(first)
      const both = await bundleFor("two")
      expect(both).toEqual(expect.arrayContaining(first))
      expect(both).toHaveLength(2 * first.length)
      // What was large, what failed to end, and what has no owner is thrown away.
      await bundleFor("two", await readUpload({ files: { ...fine, "large.txt": "x".repeat(1_100_000) } }))
      await bundleFor(undefined)
      await expect.poll(running).toEqual(first)
      const session = bundler.session("one")
      const unfinished = session.bundle(files, { modules }).catch(() => {})
      session.close()
      await unfinished
      await allGone()
      await bundleFor("three")
      bundler.close()
      await allGone()
    },
  )

  test.runIf(process.platform === "linux")("goes on where the process that was kept or prepared has died", async () => {
    const bundler = newBundler()
    bundler.prepare()
    for (let round = 0; round < 2; round++) {
      // Nothing of the death is heard of before the session has the process.
      for (const pid of await running()) process.kill(Number(pid), "SIGKILL")
      const session = bundler.session("one")
      expect(await session.bundle(await readUpload({ files: fine }), { modules })).toMatchObject({ warnings: [] })
      session.close()
    }
  })

  test("tells the owner of a process that was kept what is wrong with the upload that ends it", async () => {
    const bundler = newBundler()
    const nested = await readUpload({ files: { "index.ts": `export default ${"[".repeat(600_000)}` } })
    for (const files of [await readUpload({ files: fine }), nested]) {
      const session = bundler.session("one")
      const outcome = await session.bundle(files, { modules }).catch((error: unknown) => error)
      expect(outcome).toMatchObject(files === nested ? { code: "FN_005" } : { warnings: [] })
      session.close()
    }
  })

  test("takes another upload in place of the first", async () => {
    const session = newBundler().session()
    await session.bundle(await readUpload({ files: { "index.ts": 'import "./a"', "a.ts": "" } }), { modules })
    const second = session.bundle(await readUpload({ files: { "index.ts": 'import "./a"' } }), { modules })
    await expect(second).rejects.toMatchObject({ code: "FN_005" })
    session.close()
  })

  test.runIf(process.platform === "linux")("has nothing of the host's environment, arguments and folder", async () => {
    process.env.INLAY_TEST_CANARY = "canary"
    try {
      const session = newBundler().session()
      await session.bundle(await readUpload({ files: fine }), { modules })
      const pids = await running()
      expect(pids.length).toBe(2)
      for (const pid of pids) {
        const environment = await readFile(`/proc/${pid}/environ`, "utf8")
        const names = environment.split("\0").map((pair) => pair.split("=")[0])
        const allowed = ["", "GOMEMLIMIT", "GOTRACEBACK", "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"]
        expect(names.filter((name) => !allowed.includes(name ?? ""))).toEqual([])
      }
      session.close()
    } finally {
      delete process.env.INLAY_TEST_CANARY
    }
  })
})
