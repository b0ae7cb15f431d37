import { deepEqual, equal, rejects } from "node:assert/strict"
import type { CheckRoutes, RoutedTarget } from "../../ports/routes.ts"
import { newId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { sampleDeployment, sampleFunction, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Who may declare routes is decided where they are written. */
export function describeRoutes({ it }: ContractRunner, subject: StorageSubject): void {
  const http = [{ type: "http", path: "/taken" }] as const
  const webhook = [{ type: "webhook", path: "/hook", provider: "none" }] as const
  const steps = [{ kind: "function", name: "clean", function: "clean_data@live" }] as const

  /** Each way to declare the triggers of something new. */
  const ways = () => {
    const { storage, organisation } = subject
    return {
      async commit(name: string, checkRoutes: CheckRoutes) {
        await storage.functions.commit(sampleDeployment(organisation, name, name, { triggers: http, checkRoutes }))
      },
      async create(name: string, checkRoutes: CheckRoutes) {
        await storage.functions.create({ ...sampleFunction(organisation, name), triggers: http }, checkRoutes)
      },
      async update(name: string, checkRoutes: CheckRoutes) {
        const added = sampleFunction(organisation, name)
        await storage.functions.create(added)
        const change = { triggers: http, checkRoutes, updatedAt: sampleTime + 1 }
        await storage.functions.update(organisation, added.id, change)
      },
      async save(name: string, checkRoutes: CheckRoutes) {
        const definition = { name, steps, triggers: webhook }
        await storage.pipelines.save(organisation, definition, newId(sampleTime), sampleTime, checkRoutes)
      },
    }
  }

  it("asks with all that has routes before it declares any, and nothing is left of what is refused", async () => {
    const { storage, organisation } = subject
    await storage.functions.commit(sampleDeployment(organisation, "first", "1", { triggers: [...http, ...webhook] }))
    await storage.functions.commit(sampleDeployment(organisation, "plain", "2"))
    await storage.pipelines.save(organisation, { name: "p", steps, triggers: webhook }, newId(sampleTime), sampleTime)
    const other = sampleDeployment(`${organisation}-other`, "first", "1", { triggers: http })
    await storage.functions.commit(other)
    for (const [way, declare] of Object.entries(ways())) {
      let asked: readonly RoutedTarget[] = []
      const refuse = (declared: readonly RoutedTarget[]) => {
        asked = declared
        throw new Error("taken")
      }
      await rejects(declare(`by-${way}`, refuse), /taken/)
      deepEqual(
        asked.map(({ kind, name, triggers }) => [kind, name, triggers.map(({ type }) => type)].join(" ")).sort(),
        ["function first http", "function first webhook", "pipeline p webhook"],
      )
    }
    equal(await storage.functions.findByName(organisation, "by-commit"), null)
    equal(await storage.functions.findByName(organisation, "by-create"), null)
    deepEqual((await storage.functions.findByName(organisation, "by-update"))?.triggers, [])
    equal(await storage.pipelines.find(organisation, "by-save"), null)
  })

  it("accepts one of many that ask for the same at once", async () => {
    const { commit, create, save } = ways()
    const unlessAny = (declared: readonly RoutedTarget[]) => {
      if (declared.length > 0) throw new Error("taken")
    }
    const names = Array.from({ length: 4 }, (_, index) => `${index}`)
    const declared = await Promise.allSettled(
      [commit, create, save].flatMap((declare, way) => names.map((name) => declare(`n${way}-${name}`, unlessAny))),
    )
    equal(declared.filter(({ status }) => status === "fulfilled").length, 1)
  })
}
