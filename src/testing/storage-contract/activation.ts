import { deepEqual, equal } from "node:assert/strict"
import type { ActivationReason } from "../../model/function.ts"
import { newId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleDeployment, sampleFunction, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Roll backs, promotions, the history, aliases. */
export function describeActivation({ it }: ContractRunner, subject: StorageSubject): void {
  const deploy = async (...codes: readonly string[]): Promise<string> => {
    const { storage, organisation } = subject
    let id = ""
    for (const code of codes) {
      id = (await storage.functions.commit(sampleDeployment(organisation, "greet", code))).function.id
    }
    return id
  }
  const activate = (functionId: string, to: number | "previous", reason: ActivationReason = "rollback") =>
    subject.storage.functions.activate({
      organisation: subject.organisation,
      functionId,
      to,
      reason,
      activationId: newId(sampleTime),
      actor: "roller",
      at: sampleTime + 50,
    })
  /** Where repeated roll backs lead. */
  const rollBack = async (functionId: string, times: number): Promise<readonly (number | null)[]> => {
    const versions: (number | null)[] = []
    for (let count = 0; count < times; count += 1) {
      versions.push((await activate(functionId, "previous"))?.function.activeVersion ?? null)
    }
    return versions
  }

  it("goes back to the version that was active before, and tells so in the history", async () => {
    const { storage, organisation } = subject
    const id = await deploy("1", "2")
    const result = await activate(id, "previous")
    equal(result?.function.activeVersion, 1)
    equal(result?.function.updatedAt, sampleTime + 50)
    equal(result?.version.number, 1)
    const { id: activationId, ...activation } = result?.activation ?? { id: "" }
    deepEqual(activation, {
      functionId: id,
      organisation,
      version: 1,
      reason: "rollback",
      actor: "roller",
      at: sampleTime + 50,
    })
    equal(activationId.length > 0, true)
    deepEqual(await storage.functions.findById(organisation, id), result?.function)
    const history = await storage.functions.listActivations(organisation, id)
    deepEqual(
      history.map((entry) => [entry.version, entry.reason]),
      [
        [1, "rollback"],
        [2, "deploy"],
        [1, "deploy"],
      ],
    )
  })

  it("goes further back with every roll back, until there is nothing before", async () => {
    deepEqual(await rollBack(await deploy("1", "2", "3"), 4), [2, 1, null, null])
  })

  it("goes back by the history, not by the numbers", async () => {
    deepEqual(await rollBack(await deploy("1", "2", "3", "1"), 4), [3, 2, 1, null])
  })

  it("goes back to what was rolled back to, after a new deployment", async () => {
    const id = await deploy("1", "2", "3")
    await activate(id, "previous")
    await deploy("4")
    deepEqual(await rollBack(id, 3), [2, 1, null])
  })

  it("goes on from a version of the history that was named, with what came before it", async () => {
    const id = await deploy("1", "2", "3", "4")
    equal((await activate(id, 2))?.function.activeVersion, 2)
    deepEqual(await rollBack(id, 2), [1, null])
  })

  it("goes back from a version that was named and is not in the history before, to where it was", async () => {
    const id = await deploy("1", "2", "3")
    await rollBack(id, 2)
    equal((await activate(id, 3))?.function.activeVersion, 3)
    deepEqual(await rollBack(id, 2), [1, null])
  })

  it("goes back from a promotion to what was active before it", async () => {
    const id = await deploy("1", "2", "3")
    const promoted = await activate(id, 1, "promote")
    equal(promoted?.function.activeVersion, 1)
    equal(promoted?.activation?.reason, "promote")
    deepEqual(await rollBack(id, 3), [3, 2, 1])
  })

  it("writes no activation where the named version is active", async () => {
    const { storage, organisation } = subject
    const id = await deploy("1", "2")
    const result = await activate(id, 2)
    equal(result?.activation, null)
    equal(result?.version.number, 2)
    equal((await storage.functions.listActivations(organisation, id)).length, 2)
    deepEqual(await rollBack(id, 2), [1, null])
  })

  it("answers null, and changes nothing, where there is nothing to activate", async () => {
    const { storage, organisation } = subject
    const id = await deploy("1")
    equal(await activate(id, "previous"), null)
    for (const to of [7, 0, -1, 1.5, 2 ** 31, Number.NaN]) equal(await activate(id, to), null)
    equal(await activate("0-missing", 1), null)
    equal(await activate("0-missing", "previous"), null)
    const empty = sampleFunction(organisation, "empty")
    await storage.functions.create(empty)
    equal(await activate(empty.id, "previous"), null)
    equal(await activate(empty.id, 1), null)
    equal((await storage.functions.findById(organisation, id))?.activeVersion, 1)
    equal((await storage.functions.listActivations(organisation, id)).length, 1)
  })

  it("activates nothing of another organisation", async () => {
    const { storage, organisation } = subject
    const id = await deploy("1", "2")
    const change = { reason: "rollback", activationId: newId(sampleTime), actor: "x", at: sampleTime } as const
    const foreign = { ...change, organisation: `${organisation}-other`, functionId: id }
    equal(await storage.functions.activate({ ...foreign, to: 1 }), null)
    equal(await storage.functions.activate({ ...foreign, to: "previous" }), null)
    equal((await storage.functions.findById(organisation, id))?.activeVersion, 2)
  })

  it("takes two roll backs at once one after the other", async () => {
    const id = await deploy("1", "2", "3")
    await Promise.all([activate(id, "previous"), activate(id, "previous")])
    equal((await subject.storage.functions.findById(subject.organisation, id))?.activeVersion, 1)
  })

  it("sets, moves, lists and removes aliases", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const functionId = await deploy("1", "2")
    const live = { organisation, functionId, alias: "live", version: 1, updatedAt: sampleTime }
    const beta = { ...live, alias: "Beta", version: 2 }
    equal(await functions.setAlias(live), true)
    equal(await functions.setAlias(beta), true)
    deepEqual(await functions.findAlias(organisation, functionId, "live"), live)
    deepEqual(await functions.listAliases(organisation, functionId), [beta, live])
    const moved = { ...live, version: 2, updatedAt: sampleTime + 1 }
    equal(await functions.setAlias(moved), true)
    deepEqual(await functions.findAlias(organisation, functionId, "live"), moved)
    equal(await functions.removeAlias(organisation, functionId, "live"), true)
    equal(await functions.removeAlias(organisation, functionId, "live"), false)
    equal(await functions.findAlias(organisation, functionId, "live"), null)
  })

  it("answers false to an alias of a version that does not exist, and changes nothing", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const functionId = await deploy("1")
    const live = { organisation, functionId, alias: "live", version: 1, updatedAt: sampleTime }
    await functions.setAlias(live)
    for (const version of [2, 0, 1.5, 2 ** 31]) equal(await functions.setAlias({ ...live, version }), false)
    equal(await functions.setAlias({ ...live, functionId: "0-missing" }), false)
    equal(await functions.setAlias({ ...live, organisation: `${organisation}-other` }), false)
    deepEqual(await functions.listAliases(organisation, functionId), [live])
  })

  it("shows and removes no alias of another organisation", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const other = `${organisation}-other`
    const functionId = await deploy("1")
    const live = { organisation, functionId, alias: "live", version: 1, updatedAt: sampleTime }
    await functions.setAlias(live)
    equal(await functions.findAlias(other, functionId, "live"), null)
    deepEqual(await functions.listAliases(other, functionId), [])
    equal(await functions.removeAlias(other, functionId, "live"), false)
    deepEqual(await functions.findAlias(organisation, functionId, "live"), live)
  })
}
