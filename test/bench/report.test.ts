import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { root } from "../project/manifest.ts"
import { run } from "../project/process.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inlay-report-"))
  const tool = new URL("bench/tools/report.mjs", root).href
  await writeFile(
    join(folder, "bench.mjs"),
    `import { report } from ${JSON.stringify(tool)}
    await report("Made up", async () => ({
      rows: [
        { key: "fast", what: "what is fast", value: 12.3456, unit: "µs", atMost: 40 },
        { key: "slow", what: "what is slow", value: 12_345.6, unit: "/s", atLeast: 20_000 },
        { key: "free", what: "what has no budget", value: 5, unit: "ms" },
      ],
      figures: { peers: { other: { p50Microseconds: 1 } } },
    }))`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test("A benchmark prints each figure beside its budget, and whether it holds", async () => {
  const { stdout } = await run(process.execPath, ["bench.mjs"], { cwd: folder })
  expect(stdout).toMatch(/what is fast +12\.3 µs +≤ 40 µs +holds/)
  expect(stdout).toMatch(/what is slow +12,346 \/s +≥ 20,000 \/s +misses/)
  expect(stdout).toMatch(/what has no budget +5 ms *$/m)
})

test("With --json a benchmark prints one object of figures by name and nothing else", async () => {
  const { stdout } = await run(process.execPath, ["bench.mjs", "--json"], { cwd: folder })
  expect(JSON.parse(stdout)).toEqual({
    fast: 12.3456,
    slow: 12_345.6,
    free: 5,
    peers: { other: { p50Microseconds: 1 } },
  })
})
