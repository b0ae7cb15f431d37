import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions } from "../../src/index.ts"
import { temporaryPaths } from "../storage/support/sqlite.ts"

const temporaryPath = temporaryPaths()
const host = fileURLToPath(new URL("crashing-host.mjs", import.meta.url))
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

interface Accepted {
  readonly kind: string
  readonly id: string
  readonly input: number
}

/** Runs a host until it has said so many lines and some time has passed, then kills it; gives what it had accepted. */
async function killedHost(path: string, count: number, lines: number, afterMs: number): Promise<readonly Accepted[]> {
  const child = spawn(process.execPath, [host, path, String(count)], { stdio: ["ignore", "pipe", "inherit"] })
  const accepted: Accepted[] = []
  const ended = once(child, "exit")
  for await (const line of createInterface(child.stdout)) {
    const [kind = "", id = "", input] = line.split(" ")
    accepted.push({ kind, id, input: Number(input) })
    if (accepted.length === lines) setTimeout(() => child.kill("SIGKILL"), afterMs)
  }
  await ended
  return accepted
}

it("what was accepted ends, each step written down once, however often the process is killed", async () => {
  const path = temporaryPath("crash.db")
  const accepted: Accepted[] = []
  for (const [lines, afterMs] of [
    [1, 0],
    [6, 30],
    [15, 5],
    [40, 250],
  ] as const) {
    accepted.push(...(await killedHost(path, 20, lines, afterMs)))
  }
  expect(accepted.length).toBeGreaterThan(60)

  const functions = await createFunctions({
    storage: sqlite(path),
    authenticate: "open",
    logger,
    // Nobody kills this one: on a busy machine it must not lose its own leases, which would count as tries.
    queue: { pollMs: 20 },
  })
  const isUnderWay = (status: string) => ["queued", "running", "waiting"].includes(status)
  for (const { kind, id, input } of accepted) {
    const read = () => (kind === "run" ? functions.pipelines.getRun(id) : functions.invocations.get(id))
    let found = await read()
    while (isUnderWay(found.status)) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      found = await read()
    }
    expect(found).toMatchObject({ status: "succeeded", output: input + (kind === "run" ? 4 : 1) })
    if ("steps" in found) expect(found.steps.map(({ name }) => name)).toEqual(["a", "b", "c", "d"])
  }
  await functions.close()
})
