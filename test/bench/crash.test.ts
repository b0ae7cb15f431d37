import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { root } from "../project/manifest.ts"
import { run } from "../project/process.ts"
import { onServer } from "../storage/support/postgres.ts"

const minutes = 60_000

/** The crash benchmark, shortened: runs, kills, seconds of a lease. */
async function trial(storage: "sqlite" | "postgres"): Promise<Readonly<Record<string, number>>> {
  const script = ["bench/crash.mjs", "18", "3", "6", storage, "--json"]
  const { stdout } = await run(process.execPath, script, { cwd: fileURLToPath(root) })
  return JSON.parse(stdout)
}

it(
  "Runs in SQLite outlive their process, and no step is committed twice",
  async () => {
    expect(await trial("sqlite")).toMatchObject({ kills: 3, lost: 0, doubled: 0, unfinished: 0 })
  },
  5 * minutes,
)

it.skipIf(!onServer)(
  "Runs in PostgreSQL outlive any of three processes whose clocks differ, and no step is committed twice",
  async () => {
    expect(await trial("postgres")).toMatchObject({ kills: 3, lost: 0, doubled: 0, unfinished: 0 })
  },
  5 * minutes,
)
