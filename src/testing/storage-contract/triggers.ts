import { deepEqual, equal, notEqual } from "node:assert/strict"
import type { TriggerRecord } from "../../model/trigger.ts"
import type { Trigger } from "../../model/trigger-declaration.ts"
import { newId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleDeployment, sampleFunction, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

const http = { type: "http", path: "/a" } as const
const paid = { type: "event", event: "order.paid" } as const
const hook = { type: "webhook", path: "/hooks/a", provider: "github", secret: "a" } as const
const nightly = { type: "schedule", cron: "0 3 * * *", name: "nightly", input: { deep: [null, 1.5] } } as const

/** The rows of triggers, as functions and pipelines declare them. */
export function describeTriggers({ it }: ContractRunner, subject: StorageSubject): void {
  const listed = async (organisation = subject.organisation): Promise<readonly TriggerRecord[]> =>
    (await subject.storage.triggers.list(organisation, {}, { limit: 100 })).items
  const deploy = (triggers: readonly Trigger[] | undefined, at = sampleTime) =>
    subject.storage.functions.commit(sampleDeployment(subject.organisation, "greet", "1", { triggers, at }))

  it("come with the function that declares them, routes left out", async () => {
    const { function: record } = await deploy([http, paid, nightly, paid])
    const [first, ...others] = await listed()
    deepEqual(first, {
      organisation: subject.organisation,
      id: first?.id,
      name: "event",
      type: "event",
      target: { kind: "function", id: record.id, name: "greet" },
      configuration: paid,
      status: "active",
      nextAt: null,
      lastFiredAt: null,
      refused: 0,
      createdAt: sampleTime,
      updatedAt: sampleTime,
    })
    deepEqual(
      others.map(({ name, configuration }) => [name, configuration]),
      [
        ["nightly", nightly],
        ["event-2", paid],
      ],
    )
    deepEqual(await subject.storage.triggers.find(subject.organisation, first?.id ?? ""), first)
    equal(await subject.storage.triggers.find(subject.organisation, "none"), null)
  })

  it("of webhooks are listed for all organisations, paused ones too, and count what they refuse", async () => {
    const { storage, organisation } = subject
    await deploy([http, paid, hook, { ...hook, name: "other" }])
    const [first, second] = (await listed()).filter(({ type }) => type === "webhook")
    await storage.triggers.setStatus(organisation, second?.id ?? "", "paused", sampleTime + 1)
    const own = async () => (await storage.triggers.listWebhooks()).filter((one) => one.organisation === organisation)
    deepEqual(
      (await own()).map(({ name, status }) => [name, status]),
      [
        ["webhook", "active"],
        ["other", "paused"],
      ],
    )
    const [triggerId, otherId] = [first?.id ?? "", second?.id ?? ""]
    await storage.triggers.addRefused([
      { organisation, triggerId: otherId, count: 2 },
      { organisation, triggerId, count: 3 },
      { organisation, triggerId: "none", count: 1 },
    ])
    await storage.triggers.addRefused([{ organisation, triggerId, count: 4 }])
    await deploy(
      [
        { ...hook, tolerance: 5 },
        { ...hook, name: "other" },
      ],
      sampleTime + 2,
    )
    deepEqual(
      (await own()).map(({ id, refused }) => [id, refused]),
      [
        [triggerId, 7],
        [otherId, 2],
      ],
    )
  })

  it("come with a function that is created, and with one that is changed", async () => {
    const { storage, organisation } = subject
    const record = sampleFunction(organisation, "greet", { triggers: [paid] })
    await storage.functions.create(record)
    const [created] = await listed()
    await storage.functions.update(organisation, record.id, { triggers: [nightly, paid], updatedAt: sampleTime + 1 })
    const changed = await listed()
    deepEqual(
      changed.map(({ name, createdAt }) => [name, createdAt]),
      [
        ["event", sampleTime],
        ["nightly", sampleTime + 1],
      ],
    )
    equal(changed[0]?.id, created?.id)
    await storage.functions.update(organisation, record.id, { description: "others stay", updatedAt: sampleTime + 2 })
    deepEqual(await listed(), changed)
  })

  it("keep their id and their status while their name stays", async () => {
    const { storage, organisation } = subject
    await deploy([nightly, paid])
    const [before] = await listed()
    await storage.triggers.setStatus(organisation, before?.id ?? "", "paused", sampleTime + 1)
    await deploy([paid, { ...nightly, cron: "0 4 * * *" }], sampleTime + 2)
    const after = (await listed()).find(({ name }) => name === "nightly")
    deepEqual(after, {
      ...before,
      configuration: { ...nightly, cron: "0 4 * * *" },
      status: "paused",
      updatedAt: sampleTime + 2,
    })
  })

  it("stay as they are where a deploy does not name them, or says the same again", async () => {
    await deploy([nightly])
    const before = await listed()
    await deploy(undefined, sampleTime + 1)
    await deploy([nightly], sampleTime + 2)
    deepEqual(await listed(), before)
  })

  it("are paused and active as their configuration changes to", async () => {
    const { storage, organisation } = subject
    const status = async () => (await listed()).map((trigger) => trigger.status)
    await deploy([{ ...paid, enabled: false }])
    deepEqual(await status(), ["paused"])
    await deploy([{ ...paid, enabled: true }])
    deepEqual(await status(), ["active"])
    const [trigger] = await listed()
    await storage.triggers.setStatus(organisation, trigger?.id ?? "", "paused", sampleTime)
    await deploy([paid])
    deepEqual(await status(), ["paused"])
  })

  it("go with their declaration, and with their function", async () => {
    const { storage, organisation } = subject
    const { function: record } = await deploy([nightly, paid])
    await deploy([paid])
    deepEqual(
      (await listed()).map(({ name }) => name),
      ["event"],
    )
    await storage.functions.remove(organisation, record.id)
    deepEqual(await listed(), [])
    await deploy([paid])
    equal((await listed()).length, 1)
  })

  it("come and go with a pipeline", async () => {
    const { storage, organisation } = subject
    const steps = [{ kind: "function", name: "clean", function: "clean" }] as const
    const save = (triggers?: readonly (typeof paid | typeof nightly)[]) =>
      storage.pipelines.save(
        organisation,
        { name: "flow", steps, ...(triggers && { triggers }) },
        newId(sampleTime),
        sampleTime,
      )
    const saved = await save([paid, nightly])
    deepEqual(saved.triggers, [paid, nightly])
    deepEqual((await storage.pipelines.find(organisation, "flow"))?.triggers, [paid, nightly])
    deepEqual(
      (await listed()).map(({ name, target }) => [name, target]),
      ["event", "nightly"].map((name) => [name, { kind: "pipeline", id: saved.id, name: "flow" }]),
    )
    await save([nightly])
    equal((await listed()).length, 1)
    deepEqual((await save()).triggers, [])
    deepEqual(await listed(), [])
    await save([paid])
    await storage.pipelines.remove(organisation, "flow")
    deepEqual(await listed(), [])
  })

  it("are declared by ten saves of a pipeline at once as by one", async () => {
    const { storage, organisation } = subject
    const definition = { name: "flow", steps: [], triggers: [paid, nightly] }
    await Promise.all(
      Array.from({ length: 10 }, () => storage.pipelines.save(organisation, definition, newId(sampleTime), sampleTime)),
    )
    equal((await listed()).length, 2)
  })

  it("are listed page after page, by type and by target", async () => {
    const { storage, organisation } = subject
    const { function: record } = await deploy([paid, nightly, paid])
    await storage.functions.create(sampleFunction(organisation, "other", { triggers: [paid] }))
    const all = await listed()
    equal(all.length, 4)
    const first = await storage.triggers.list(organisation, {}, { limit: 3 })
    deepEqual([first.items, first.next], [all.slice(0, 3), all[2]?.id])
    const second = await storage.triggers.list(organisation, {}, { limit: 3, cursor: first.next ?? "" })
    deepEqual([second.items, second.next], [all.slice(3), null])
    const target = { kind: "function", id: record.id } as const
    const some = await storage.triggers.list(organisation, { type: "event", target }, { limit: 10 })
    deepEqual(
      some.items.map(({ name }) => name),
      ["event", "event-2"],
    )
  })

  it("are paused and resumed, and only the active ones are listed as such, without schedules", async () => {
    const { storage, organisation } = subject
    await deploy([paid, nightly, { type: "webhook", path: "/in" }])
    const [event, , webhook] = await listed()
    deepEqual(await storage.triggers.listActive(organisation), [event, webhook])
    const paused = await storage.triggers.setStatus(organisation, event?.id ?? "", "paused", sampleTime + 5)
    deepEqual(paused, { ...event, status: "paused", updatedAt: sampleTime + 5 })
    deepEqual(await storage.triggers.setStatus(organisation, event?.id ?? "", "paused", sampleTime + 6), paused)
    deepEqual(await storage.triggers.listActive(organisation), [webhook])
    const resumed = await storage.triggers.setStatus(organisation, event?.id ?? "", "active", sampleTime + 7)
    deepEqual(resumed, { ...event, updatedAt: sampleTime + 7 })
    equal(await storage.triggers.setStatus(organisation, "none", "active", sampleTime), null)
  })

  it("of one organisation are not those of another", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    await deploy([paid])
    await storage.functions.commit(sampleDeployment(other, "greet", "1", { triggers: [paid] }))
    const [mine] = await listed()
    const [theirs] = await listed(other)
    notEqual(mine?.id, theirs?.id)
    equal(await storage.triggers.find(other, mine?.id ?? ""), null)
    equal(await storage.triggers.setStatus(other, mine?.id ?? "", "paused", sampleTime), null)
    deepEqual(await storage.triggers.listActive(other), [theirs])
    deepEqual(await listed(), [mine])
  })
}
