import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, test } from "vitest"
import { findCurls, fromCurl } from "../project/curl.ts"
import { root } from "../project/manifest.ts"
import { type Started, start } from "../project/process.ts"

let data: string
let host: Started
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "inlay-example-"))
})
afterEach(async () => {
  host?.child.kill("SIGKILL")
  await host?.ended
  await rm(data, { recursive: true, force: true })
})

function startHost(): Started {
  return start(process.execPath, ["examples/host/main.mjs"], {
    cwd: fileURLToPath(root),
    environment: { PORT: "0", INLAY_EXAMPLE_DATA: data },
  })
}

test("The example host deploys, runs its pipeline, answers the commands it prints, and drains on Ctrl-C", async () => {
  host = startHost()
  const [text] = await host.printed(/[\s\S]*Ctrl-C stops\./)
  expect(text).toContain("Deployed price_quote version 1 from a ZIP")
  expect(text).toMatch(/Ran the pipeline "segmentation" over 344 penguins: succeeded/)
  expect(text).toMatch(/119 Gentoo/)
  expect(text).toMatch(/segment_data +calls 1, error rate 0/)

  const curls = findCurls(text)
  expect(curls).toHaveLength(5)
  const answers = []
  for (const curl of curls) {
    const response = await fetch(fromCurl(curl))
    expect([curl, response.status]).toEqual([curl, 200])
    answers.push(await response.json())
  }
  expect(answers[0]).toEqual({ zone: "europe", price: 11.7, currency: "EUR" })
  expect(answers[1]).toEqual({ zone: "domestic", price: 5.7, currency: "EUR" })
  expect(JSON.stringify(answers[3])).toContain("segment_data")
  expect(answers[4]).toMatchObject({ count: 2, errors: 0 })

  host.child.kill("SIGINT")
  const { code, stderr, stdout } = await host.ended
  expect(stdout).toContain("Stopped.")
  expect([code, stderr]).toEqual([0, ""])
})

test("The example host starts again on the same file, with what was stored before", async () => {
  host = startHost()
  await host.printed(/Ctrl-C stops\./)
  host.child.kill("SIGINT")
  await host.ended
  host = startHost()
  const [text] = await host.printed(/[\s\S]*Ctrl-C stops\./)
  expect(text).toContain("Deployed price_quote version 1 from a ZIP")
  expect(text).toMatch(/segment_data +calls 2,/)
  host.child.kill("SIGINT")
  expect((await host.ended).code).toBe(0)
})
