import { deepEqual, equal, notEqual } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleDeployment, sampleFunction, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Commits: numbers, content, concurrency. */
export function describeDeployment({ it }: ContractRunner, subject: StorageSubject, shared: boolean): void {
  it("adds the function, its version 1, the bundle and the activation", async () => {
    const { storage, organisation } = subject
    const deployment = sampleDeployment(organisation, "greet", "export default 1", {
      kind: "http",
      evaluatesPerCall: true,
      environment: { A: "1" },
      triggers: [{ type: "http", path: "/greet" }],
      description: "Greets",
      configuration: { runtime: "quickjs", memory: 64, timeout: 2.5, cpu: 0.5, handler: "index.handler" },
    })
    const result = await storage.functions.commit(deployment)
    deepEqual(result.function, {
      id: deployment.newFunctionId,
      organisation,
      name: "greet",
      description: "Greets",
      activeVersion: 1,
      environment: { A: "1" },
      triggers: [{ type: "http", path: "/greet" }],
      createdAt: sampleTime,
      updatedAt: sampleTime,
    })
    deepEqual(result.version, {
      functionId: deployment.newFunctionId,
      organisation,
      number: 1,
      contentHash: deployment.contentHash,
      configuration: deployment.configuration,
      kind: "http",
      evaluatesPerCall: true,
      bundleBytes: 16,
      createdAt: sampleTime,
    })
    deepEqual(result.activation, {
      id: deployment.activationId,
      functionId: deployment.newFunctionId,
      organisation,
      version: 1,
      reason: "deploy",
      actor: "tester",
      at: sampleTime,
    })
    const { functions } = storage
    deepEqual(await functions.findByName(organisation, "greet"), result.function)
    deepEqual(await functions.findVersion(organisation, result.function.id, 1), result.version)
    deepEqual(await functions.listVersions(organisation, result.function.id), [result.version])
    deepEqual(await functions.findBundle(organisation, result.function.id, 1), deployment.bundle)
    deepEqual(await functions.listActivations(organisation, result.function.id), [result.activation])
  })

  it("keeps every character and the byte count of a bundle", async () => {
    const { storage, organisation } = subject
    const code = "const s = 'é😀\u0000\u2028';\r\n\tlone()"
    const { function: added, version } = await storage.functions.commit(sampleDeployment(organisation, "greet", code))
    equal((await storage.functions.findBundle(organisation, added.id, 1))?.code, code)
    equal(version.bundleBytes, Buffer.byteLength(code))
  })

  it("deploys to a function that was created without code, and keeps its description unless it is given", async () => {
    const { storage, organisation } = subject
    const record = sampleFunction(organisation, "greet", { description: "kept", environment: { OLD: "1" } })
    await storage.functions.create(record)
    const later = { at: sampleTime + 5, environment: { NEW: "1" } }
    const first = await storage.functions.commit(sampleDeployment(organisation, "greet", "1", later))
    deepEqual(first.function, {
      ...record,
      activeVersion: 1,
      environment: { NEW: "1" },
      updatedAt: sampleTime + 5,
    })
    const described = sampleDeployment(organisation, "greet", "2", { description: "changed" })
    equal((await storage.functions.commit(described)).function.description, "changed")
  })

  it("keeps the stored environment and triggers where a commit has none, and begins without any", async () => {
    const { storage, organisation } = subject
    const unnamed = { environment: undefined, triggers: undefined }
    const fresh = await storage.functions.commit(sampleDeployment(organisation, "greet", "1", unnamed))
    deepEqual([fresh.function.environment, fresh.function.triggers], [{}, []])
    const kept = { environment: { A: "1" }, triggers: [{ type: "http", path: "/greet" }] as const }
    await storage.functions.update(organisation, fresh.function.id, { ...kept, updatedAt: sampleTime + 1 })
    for (const code of ["1", "2"]) {
      const again = await storage.functions.commit(sampleDeployment(organisation, "greet", code, unnamed))
      deepEqual([again.function.environment, again.function.triggers], [kept.environment, kept.triggers])
    }
    const emptied = await storage.functions.commit(
      sampleDeployment(organisation, "greet", "2", { environment: {}, triggers: [] }),
    )
    deepEqual([emptied.function.environment, emptied.function.triggers], [{}, []])
  })

  it("numbers versions 1, 2, 3 per function, newest first in the list", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const numbers: number[] = []
    for (const code of ["1", "2", "3"]) {
      const { version } = await functions.commit(sampleDeployment(organisation, "greet", code))
      numbers.push(version.number)
    }
    deepEqual(numbers, [1, 2, 3])
    const { function: other, version } = await functions.commit(sampleDeployment(organisation, "other", "3"))
    equal(version.number, 1)
    const greet = await functions.findByName(organisation, "greet")
    const listed = await functions.listVersions(organisation, greet?.id ?? "")
    deepEqual(
      listed.map((entry) => entry.number),
      [3, 2, 1],
    )
    equal(await functions.findVersion(organisation, other.id, 2), null)
  })

  it("finds identical content again instead of adding a version, and writes no activation where it is active", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const first = await functions.commit(sampleDeployment(organisation, "greet", "1"))
    const change = { environment: { A: "2" }, triggers: [{ type: "event", name: "x" }] as const, at: sampleTime + 9 }
    const again = await functions.commit(sampleDeployment(organisation, "greet", "1", change))
    deepEqual(again.version, first.version)
    equal(again.activation, null)
    deepEqual(again.function, {
      ...first.function,
      environment: { A: "2" },
      triggers: [{ type: "event", name: "x" }],
      updatedAt: sampleTime + 9,
    })
    equal((await functions.listActivations(organisation, first.function.id)).length, 1)
  })

  it("activates an old version again where its content is deployed again", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const first = await functions.commit(sampleDeployment(organisation, "greet", "1"))
    await functions.commit(sampleDeployment(organisation, "greet", "2"))
    const again = await functions.commit(sampleDeployment(organisation, "greet", "1"))
    deepEqual(again.version, first.version)
    equal(again.function.activeVersion, 1)
    equal(again.activation?.reason, "deploy")
    equal((await functions.listVersions(organisation, first.function.id)).length, 2)
  })

  it("makes two versions of one bundle where the configuration differs", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const first = await functions.commit(sampleDeployment(organisation, "greet", "1"))
    const second = await functions.commit(
      sampleDeployment(organisation, "greet", "1", { contentHash: "with more memory" }),
    )
    equal(second.version.number, 2)
    const bundle = await functions.findBundle(organisation, first.function.id, 1)
    deepEqual(await functions.findBundle(organisation, first.function.id, 2), bundle)
  })

  it("never reuses a number, not even after the function was removed", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const { function: old } = await functions.commit(sampleDeployment(organisation, "greet", "1"))
    await functions.commit(sampleDeployment(organisation, "greet", "2"))
    await functions.remove(organisation, old.id)
    const again = await functions.commit(sampleDeployment(organisation, "greet", "1"))
    equal(again.version.number, 3)
    equal(again.function.activeVersion, 3)
    notEqual(again.function.id, old.id)
    equal((await functions.listActivations(organisation, again.function.id)).length, 1)
    equal((await functions.commit(sampleDeployment(organisation, "greet", "1"))).version.number, 3)
    equal((await functions.commit(sampleDeployment(organisation, "greet", "2"))).version.number, 4)
  })

  it("numbers the same name of two organisations apart, and shares nothing between them", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const other = `${organisation}-other`
    const mine = await functions.commit(sampleDeployment(organisation, "greet", "1"))
    await functions.commit(sampleDeployment(organisation, "greet", "2"))
    const bundle = { ...sampleDeployment(other, "greet", "1").bundle, code: "theirs" }
    const theirs = await functions.commit(sampleDeployment(other, "greet", "1", { bundle }))
    equal(theirs.version.number, 1)
    equal((await functions.findBundle(organisation, mine.function.id, 1))?.code, "1")
    equal((await functions.findBundle(other, theirs.function.id, 1))?.code, "theirs")
    equal(await functions.findBundle(other, mine.function.id, 1), null)
    equal(await functions.findVersion(other, mine.function.id, 1), null)
    deepEqual(await functions.listVersions(other, mine.function.id), [])
    deepEqual(await functions.listActivations(other, mine.function.id), [])
    await functions.remove(organisation, mine.function.id)
    equal((await functions.findBundle(other, theirs.function.id, 1))?.code, "theirs")
  })

  it("finds no version under a number that none can have", async () => {
    const { storage, organisation } = subject
    const { function: added } = await storage.functions.commit(sampleDeployment(organisation, "greet", "1"))
    for (const number of [0, -1, 1.5, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      equal(await storage.functions.findVersion(organisation, added.id, number), null)
      equal(await storage.functions.findBundle(organisation, added.id, number), null)
    }
  })

  for (const count of [2, 10]) {
    it(`gives ${count} commits of one name at once ${count} numbers and one function`, async () => {
      const { storage, organisation } = subject
      // Where storages share their data, the commits come from two of them, as from two processes.
      const second = shared ? await subject.open() : storage
      const results = await Promise.all(
        Array.from({ length: count }, (_, index) =>
          (index % 2 ? second : storage).functions.commit(sampleDeployment(organisation, "greet", `code ${index}`)),
        ),
      )
      const numbers = results.map((result) => result.version.number).sort((a, b) => a - b)
      deepEqual(
        numbers,
        Array.from({ length: count }, (_, index) => index + 1),
      )
      equal(new Set(results.map((result) => result.function.id)).size, 1)
      const id = results[0]?.function.id ?? ""
      const history = await storage.functions.listActivations(organisation, id)
      equal(history.length, count)
      const found = await storage.functions.findById(organisation, id)
      equal(found?.activeVersion, history[0]?.version)
    })
  }

  it("makes one version of ten commits of the same content at once", async () => {
    const { storage, organisation } = subject
    const results = await Promise.all(
      Array.from({ length: 10 }, () => storage.functions.commit(sampleDeployment(organisation, "greet", "same"))),
    )
    deepEqual([...new Set(results.map((result) => result.version.number))], [1])
    equal(results.filter((result) => result.activation !== null).length, 1)
  })

  it("takes commits, changes and removals of one name at once, and ends whole", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const { function: start } = await functions.commit(sampleDeployment(organisation, "greet", "start"))
    await Promise.all([
      functions.commit(sampleDeployment(organisation, "greet", "a")),
      functions.remove(organisation, start.id),
      functions.commit(sampleDeployment(organisation, "greet", "b")),
      functions.changeEnvironment(organisation, start.id, { A: "1" }, sampleTime),
      functions.commit(sampleDeployment(organisation, "other", "start")),
    ])
    const found = await functions.findByName(organisation, "greet")
    const other = await functions.findByName(organisation, "other")
    equal((await functions.findBundle(organisation, other?.id ?? "", 1))?.code, "start")
    if (found === null) return
    const versions = await functions.listVersions(organisation, found.id)
    for (const version of versions) {
      notEqual(await functions.findBundle(organisation, found.id, version.number), null)
    }
    equal(
      versions.some((version) => version.number === found.activeVersion),
      true,
    )
  })
}
