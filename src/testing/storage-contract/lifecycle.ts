import { deepEqual, equal, rejects } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleDeployment, sampleFunction, sampleInvocation } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Opening, migrations, closing. */
export function describeLifecycle({ it }: ContractRunner, subject: StorageSubject, shared: boolean): void {
  it("has a name, and answers a ping", async () => {
    equal(typeof subject.storage.name, "string")
    equal(subject.storage.name.length > 0, true)
    await subject.storage.ping()
  })

  it("tells the time by a clock that all share, or that it has none", async () => {
    const time = await subject.storage.clock?.()
    equal(time === undefined || (Number.isInteger(time) && time > 1_600_000_000_000), true)
  })

  it("opens again without harm", async () => {
    const { storage, organisation } = subject
    const record = sampleFunction(organisation, "greet")
    await storage.functions.create(record)
    await storage.open()
    deepEqual(await storage.functions.findByName(organisation, "greet"), record)
  })

  it("opens several at once", async () => {
    const storages = await Promise.all([subject.create(), subject.create(), subject.create()])
    await Promise.all(storages.map((storage) => storage.open()))
    for (const storage of storages) await storage.ping()
  })

  it("tells which migrations were applied, in order", async () => {
    const status = await subject.storage.migrationStatus()
    equal(status.length > 0, true)
    equal(
      status.every(({ appliedAt }) => typeof appliedAt === "number" && appliedAt > 0),
      true,
    )
    const names = status.map(({ name }) => name)
    deepEqual(names, [...new Set(names)].sort())
  })

  it("removes nothing where everything is kept for ever", async () => {
    const { alerts, anomalies, errorGroups, forecasts, invocations, logs, metrics, queue, triggers } = subject.storage
    const never = Number.NEGATIVE_INFINITY
    const removed = await Promise.all([
      alerts.expire(never, 10),
      anomalies.expire(never, 10),
      errorGroups.expire(never, 10),
      forecasts.expire(never, 10),
      forecasts.expireRuns(never, 10),
      invocations.expire(never, 10),
      logs.expire(never, 10),
      metrics.expire(60_000, never, 10),
      metrics.expireSeries(never, 10),
      queue.expire("failed", never, 10),
      triggers.expireFirings(never, 10),
    ])
    deepEqual(removed, new Array(removed.length).fill(0))
  })

  it("finishes what was begun before it closes", async () => {
    const { storage, organisation } = subject
    const deployments = Array.from({ length: 5 }, (_, index) =>
      storage.functions.commit(sampleDeployment(organisation, "greet", `code ${index}`)),
    )
    const inserted = storage.invocations.insert([sampleInvocation(organisation, "f")])
    await storage.close()
    await inserted
    equal((await Promise.all(deployments)).length, 5)
  })

  it("refuses calls once it is closed, and closes twice without harm", async () => {
    const { storage, organisation } = subject
    await storage.close()
    await storage.close()
    await rejects(storage.ping(), Error)
    await rejects(storage.open(), Error)
    await rejects(storage.functions.findByName(organisation, "greet"), Error)
    await rejects(storage.functions.commit(sampleDeployment(organisation, "greet", "1")), Error)
    await rejects(storage.invocations.insert([sampleInvocation(organisation, "f")]), Error)
    await rejects(storage.pipelines.find(organisation, "p"), Error)
  })

  it("closes without ever having been open", async () => {
    const storage = await subject.create()
    await storage.close()
  })

  if (!shared) return

  it("shows one storage what another has written", async () => {
    const { storage, organisation } = subject
    const second = await subject.open()
    const { function: added } = await storage.functions.commit(sampleDeployment(organisation, "greet", "1"))
    deepEqual(await second.functions.findByName(organisation, "greet"), added)
    await second.functions.commit(sampleDeployment(organisation, "greet", "2"))
    equal((await storage.functions.findByName(organisation, "greet"))?.activeVersion, 2)
  })

  it("keeps everything when it is closed and opened again", async () => {
    const { storage, organisation } = subject
    const { function: added } = await storage.functions.commit(sampleDeployment(organisation, "greet", "1"))
    await storage.close()
    const again = await subject.open()
    deepEqual(await again.functions.findByName(organisation, "greet"), added)
    equal((await again.functions.findBundle(organisation, added.id, 1))?.code, "1")
  })

  it("keeps every one of the environment changes that two storages make at once", async () => {
    const { storage, organisation } = subject
    const second = await subject.open()
    const record = sampleFunction(organisation, "greet")
    await storage.functions.create(record)
    const names = Array.from({ length: 8 }, (_, index) => `NAME_${index}`)
    await Promise.all(
      names.map((name, index) =>
        (index % 2 ? second : storage).functions.changeEnvironment(organisation, record.id, { [name]: "1" }, 1),
      ),
    )
    const found = await storage.functions.findById(organisation, record.id)
    deepEqual(Object.keys(found?.environment ?? {}).sort(), names)
  })
}
