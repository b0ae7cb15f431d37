import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished, vi } from "vitest"
import { emailNotifier } from "../../adapters/notifier/email.ts"
import { webhookNotifier } from "../../adapters/notifier/webhook.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, type Notifier } from "../../src/index.ts"
import { openMailServer } from "../notifier/mail-server.ts"
import { openReceiver } from "../notifier/receiver.ts"
import { silent } from "../service/service.ts"
import { createRecordingNotifier } from "./recording-notifier.ts"

it("A call that runs longer than a threshold is told once by e-mail and once to a webhook, with how long it took", async () => {
  const [mail, receiver] = await Promise.all([openMailServer(), openReceiver()])
  const functions = await createFunctions({
    authenticate: "open",
    logger: silent,
    sandbox: { threads: 1 },
    alerts: {
      channels: {
        mail: emailNotifier({ smtp: mail.url, from: "alerts@example.com", to: ["ops@example.com"] }),
        hook: webhookNotifier({ url: receiver.url, egress: receiver.egress }),
      },
    },
  })
  onTestFinished(async () => {
    await functions.close({ graceMs: 0 })
    await Promise.all([mail.close(), receiver.close()])
  })
  await functions.deploy({
    name: "transform",
    source: "export default (ms) => new Promise((done) => setTimeout(() => done('done'), ms))",
  })
  const rule = await functions.alerts.rules.create({
    name: "Slow calls",
    condition: { type: "call", metric: "durationMs", operator: "gt", threshold: 120 },
  })
  const call = await functions.run("transform", 150)

  await vi.waitFor(
    () => {
      expect(mail.messages).toHaveLength(1)
      expect(receiver.deliveries).toHaveLength(1)
    },
    { timeout: 60_000, interval: 20 },
  )
  const told = `transform took ${Math.round(call.durationMs * 100) / 100} ms, over 120.`
  expect(mail.messages[0]?.source).toContain("Subject: Alert [high] Slow calls: transform")
  expect(mail.messages[0]?.source).toContain(told)
  expect(JSON.parse(receiver.deliveries[0]?.body ?? "")).toMatchObject({
    type: "alert.firing",
    data: {
      lines: expect.arrayContaining([told]),
      alert: { rule: { id: rule.id }, occasion: { invocationId: call.id } },
    },
  })

  // What follows is counted, and not told again.
  await functions.run("transform", 150)
  await vi.waitFor(async () => expect((await functions.alerts.list()).items).toMatchObject([{ count: 2 }]), {
    timeout: 60_000,
    interval: 20,
  })
  expect([mail.messages.length, receiver.deliveries.length]).toEqual([1, 1])
})

it("An alert that was opened as the service closes is not lost", async () => {
  const changed: string[] = []
  const functions = await createFunctions({ authenticate: "open", logger: silent, sandbox: { threads: 1 } })
  functions.on("alert.changed", ({ status }) => changed.push(status))
  await functions.deploy({ name: "broken", source: "export default () => { throw new Error('no') }" })
  await functions.alerts.rules.create({ name: "Failures", condition: { type: "failure" } })
  await functions.run("broken")
  await functions.close()
  expect(changed).toEqual(["firing"])
})

it("The end of an alert is told to a channel that the host has renamed meanwhile", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inlay-alerts-"))
  const open = async (channels: Readonly<Record<string, Notifier>>) => {
    const functions = await createFunctions({
      authenticate: "open",
      logger: silent,
      storage: sqlite(join(folder, "inlay.db")),
      sandbox: { threads: 1 },
      alerts: { channels, defaultRules: {} },
    })
    onTestFinished(() => functions.close({ graceMs: 0 }))
    return functions
  }
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const [before, after] = [createRecordingNotifier(), createRecordingNotifier()]
  const first = await open({ ops: before })
  await first.deploy({ name: "fails", source: "export default () => { throw new Error('no') }" })
  await first.alerts.rules.create({ name: "Failures", condition: { type: "failure" } })
  await first.run("fails")
  await vi.waitFor(() => expect(before.told.map(({ reason }) => reason)).toEqual(["firing"]), 20_000)
  await first.close()

  const second = await open({ "on-call": after })
  const [alert] = (await second.alerts.list()).items
  expect(alert?.toldTo).toEqual(["ops"])
  await second.alerts.resolve(alert?.id ?? "")
  await vi.waitFor(() => expect(after.told.map(({ reason }) => reason)).toEqual(["resolved"]), 20_000)
})
