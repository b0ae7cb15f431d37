import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { text } from "node:stream/consumers"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { sqliteLibraries } from "../../adapters/storage/sqlite/libraries.ts"
import { createSingleConnection } from "../../adapters/storage/sqlite/single-connection.ts"
import { openWorkerChannel } from "../../adapters/storage/sqlite/worker-channel.ts"
import { temporaryPaths } from "./support/sqlite.ts"

const temporaryPath = temporaryPaths()
const settings = { path: ":memory:", synchronous: "full", busyTimeoutMs: 100, libraries: sqliteLibraries } as const
const built = pathToFileURL(resolve("dist/storage/sqlite.js")).href

/** Runs a program to its end, with `sqlite` of the built package imported. */
async function runProgram(
  body: string,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const program = `import { sqlite } from ${JSON.stringify(built)}\n${body}`
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  return { code, out, err }
}

const pipeline = (name: string): string => `storage.pipelines.save("o", { name: "${name}", steps: [] }, "${name}", 1)`

describe("the worker thread of sqlite", () => {
  it("lets the process end while nothing is asked of it, without a word, closed or not", async () => {
    const { code, out, err } = await runProgram(`
      const storage = sqlite()
      await storage.open()
      await ${pipeline("p")}
      console.log("done")`)
    expect({ code, out, err }).toEqual({ code: 0, out: "done\n", err: "" })
  })

  it("keeps the process alive while an answer is awaited", async () => {
    const { out } = await runProgram(`
      const storage = sqlite()
      storage.open().then(() => ${pipeline("p")}).then((saved) => console.log(saved.name))`)
    expect(out).toBe("p\n")
  })

  it("shares a file with other processes, which all migrate and write at once", async () => {
    const path = temporaryPath("processes.db")
    const names = ["a", "b", "c"]
    const results = await Promise.all(
      names.map((name) =>
        runProgram(`
          const storage = sqlite(${JSON.stringify(path)}, { busyTimeoutMs: 30000 })
          await storage.open()
          for (let i = 0; i < 20; i++) await storage.functions.changeEnvironment("o", "none", {}, 1)
          await ${pipeline(name)}
          await storage.close()`),
      ),
    )
    expect(results).toEqual(names.map(() => ({ code: 0, out: "", err: "" })))
    const { out } = await runProgram(`
      const storage = sqlite(${JSON.stringify(path)})
      await storage.open()
      const page = await storage.pipelines.list("o", { limit: 10 })
      console.log(page.items.map((item) => item.name).join())
      await storage.close()`)
    expect(out).toBe("a,b,c\n")
  })

  it("keeps what was committed by a process that was killed", async () => {
    const path = temporaryPath("killed.db")
    const killed = await runProgram(`
      const storage = sqlite(${JSON.stringify(path)})
      await storage.open()
      await ${pipeline("kept")}
      process.kill(process.pid, "SIGKILL")
      await new Promise(() => setInterval(() => {}, 1000))`)
    expect(killed.code).toBeNull()
    const { out } = await runProgram(`
      const storage = sqlite(${JSON.stringify(path)})
      await storage.open()
      console.log((await storage.pipelines.find("o", "kept")).name)
      await storage.close()`)
    expect(out).toBe("kept\n")
  })

  it("rejects what it was asked, and everything after, once it has ended", async () => {
    const file = temporaryPath("crashing-worker.mjs")
    writeFileSync(
      file,
      `import { parentPort } from "node:worker_threads"
      parentPort.on("message", () => { throw new Error("out of cheese") })
      parentPort.postMessage({ id: 0 })`,
    )
    const channel = await openWorkerChannel(settings, file)
    const ended = /Cannot use SQLite database ":memory:": its worker thread has ended \(out of cheese\)\./
    const asked = [channel.query("select 1", []), channel.query("select 2", [])]
    await Promise.all(asked.map((answer) => expect(answer).rejects.toThrow(ended)))
    await expect(channel.query("select 3", [])).rejects.toThrow(ended)
    await expect(channel.close()).rejects.toThrow(ended)
  })

  it("runs the statements of a transaction by one message, all of them or none", async () => {
    const file = temporaryPath("transact.db")
    const channel = await openWorkerChannel({ ...settings, path: file })
    const create = { sql: "create table t (n integer primary key) strict", parameters: [] }
    const insert = (n: number) => ({ sql: "insert into t values (?) returning n", parameters: [n] })
    expect(await channel.transact([create, insert(1), insert(2)])).toEqual([[], [{ n: 1 }], [{ n: 2 }]])
    await expect(channel.transact([insert(3), insert(1)])).rejects.toThrow(/UNIQUE/i)
    expect(await channel.query("select n from t order by n", [])).toEqual([{ n: 1 }, { n: 2 }])
    expect(channel.isLost()).toBe(false)
    await channel.close()
  })

  it("gives a connection up whose transaction could not be rolled back, and tells what it failed for", async () => {
    const channel = await openWorkerChannel({ ...settings, path: temporaryPath("unknown-state.db") })
    const statements = ["select 1", "rollback", "nonsense"].map((sql) => ({ sql, parameters: [] }))
    await expect(channel.transact(statements)).rejects.toThrow(/nonsense/)
    expect(channel.isLost()).toBe(true)
  })

  it("rejects the opening where it ends before it is open", async () => {
    const file = temporaryPath("ending-worker.mjs")
    writeFileSync(file, "process.exit(3)")
    await expect(openWorkerChannel(settings, file)).rejects.toThrow(/its worker thread has ended/)
  })

  it("is replaced for a file, and not for a memory, whose content would be gone", async () => {
    const file = temporaryPath("once-worker.mjs")
    writeFileSync(
      file,
      `import { parentPort, workerData } from "node:worker_threads"
      parentPort.on("message", ({ id, sql }) => {
        if (sql === "crash") process.exit(1)
        parentPort.postMessage({ id, rows: [{ path: workerData.path }] })
      })
      parentPort.postMessage({ id: 0 })`,
    )
    const crash = async (path: string) => {
      const connections = createSingleConnection(() => openWorkerChannel({ ...settings, path }, file))
      const first = await connections.connect()
      await expect(first.query("crash", [])).rejects.toThrow(/worker thread has ended/)
      first.release(false)
      const second = await connections.connect()
      const answer = await second.query("select 1", []).catch((error: unknown) => String(error))
      second.release(false)
      await connections.disconnect().catch(() => {})
      return answer
    }
    expect(await crash("some.db")).toEqual([{ path: "some.db" }])
    expect(await crash(":memory:")).toMatch(/worker thread has ended/)
  })
})
