import { deepEqual, equal } from "node:assert/strict"
import type { Alert, AlertRule, AlertSilence } from "../../model/alert.ts"
import { newId } from "../../util/id.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleTime as now, sampleAlert, sampleJob } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Rules, what they found, and silences. */
export function describeAlerts({ it }: ContractRunner, subject: StorageSubject): void {
  const rule = (change: Partial<AlertRule> = {}): AlertRule => ({
    organisation: subject.organisation,
    id: newId(now),
    name: awkwardText,
    function: null,
    condition: { type: "failure" },
    severity: "high",
    channels: ["ops"],
    repeatAfterMs: 1000,
    resolveAfterMs: 1000,
    labels: { team: awkwardText },
    enabled: true,
    isDefault: false,
    createdAt: now,
    updatedAt: now,
    ...change,
  })
  const alert = (change: Partial<Alert> = {}) => sampleAlert(subject.organisation, change)
  const keyOf = ({ organisation, rule, function: name, series }: Alert) => ({
    ...{ organisation, ruleId: rule.id, function: name, series },
  })
  const raise = (given: Alert) => subject.storage.alerts.raise(keyOf(given), () => ({ alert: given, jobs: [] }))

  it("keeps rules by their ids, each with a name of its own", async () => {
    const { storage, organisation } = subject
    const [first, second] = [rule(), rule({ name: "second", function: "f", channels: null })]
    equal(await storage.alerts.saveRule(first), true)
    equal(await storage.alerts.saveRule(second), true)
    equal(await storage.alerts.saveRule(rule({ name: first.name })), false)
    equal(await storage.alerts.saveRule({ ...second, name: first.name }), false)
    const changed = { ...second, enabled: false, updatedAt: now + 1 }
    equal(await storage.alerts.saveRule(changed), true)
    deepEqual(await storage.alerts.listRules(organisation), [first, changed])
    deepEqual(await storage.alerts.findRule(organisation, first.id), first)
    equal(await storage.alerts.findRule(`${organisation}-other`, first.id), null)
    equal(await storage.alerts.removeRule(organisation, first.id), true)
    equal(await storage.alerts.removeRule(organisation, first.id), false)
    deepEqual(await storage.alerts.listRules(organisation), [changed])
  })

  it("has one open alert of a rule and a function, however many see the trouble at once", async () => {
    const { storage, organisation } = subject
    const given = Array.from({ length: 8 }, () => alert())
    const seen = await Promise.all(
      given.map((one) =>
        storage.alerts.raise(keyOf(one), (open) => ({
          alert: open ? { ...open, count: open.count + 1 } : one,
          jobs: [],
        })),
      ),
    )
    equal(new Set(seen.map(({ id }) => id)).size, 1)
    const { items } = await storage.alerts.list(organisation, {}, { limit: 10 })
    deepEqual(
      items.map(({ count }) => count),
      [8],
    )
  })

  it("has one open alert for each series, and for values of no function", async () => {
    const { storage, organisation } = subject
    const given = [
      alert(),
      alert({ function: null }),
      alert({ function: null, series: "one" }),
      alert({ function: null, series: "two" }),
    ]
    for (const one of given) deepEqual(await raise(one), one)
    for (const one of given) {
      let open: Alert | null = null
      await storage.alerts.raise(keyOf(one), (found) => {
        open = found
        return { alert: one, jobs: [] }
      })
      deepEqual(open, one)
    }
    const byId = (a: Alert, b: Alert) => (a.id < b.id ? -1 : 1)
    deepEqual([...(await storage.alerts.listOpenOf(organisation, "rule", 100))].sort(byId), [...given].sort(byId))
    deepEqual((await storage.alerts.listOpenOf(organisation, "rule", 2)).length, 2)
    deepEqual(await storage.alerts.listOpenOf(organisation, "other", 100), [])
  })

  it("gives a check that is due to one of those who ask, and to another where that one does not settle it", async () => {
    const { storage, organisation } = subject
    const check = (id: string) => ({ organisation, id })
    // What others have left in the database is due too.
    const take = async (at: number, until: number) => {
      const { checks } = await storage.alerts.takeChecks({ now: at, until, limit: 1000 })
      return checks.filter((one) => one.organisation === organisation).map(({ id }) => id)
    }
    await storage.alerts.wakeChecks([check("a"), check("b")], 1000)
    await storage.alerts.wakeChecks([check("b"), check("c")], 2000)
    await storage.alerts.wakeChecks([check("a")], 500)
    deepEqual(await take(499, 5000), [])
    deepEqual(await take(500, 5000), ["a"])
    const taken = await Promise.all(Array.from({ length: 6 }, () => take(2000, 5000)))
    deepEqual(taken.flat().sort(), ["b", "c"])
    await storage.alerts.settleCheck(check("a"), 5000, 3000)
    await storage.alerts.settleCheck(check("b"), 5000, null)
    await storage.alerts.settleCheck(check("c"), 4999, null)
    deepEqual(await take(4999, 6000), ["a"])
    deepEqual(await take(5000, 6000), ["c"])
    deepEqual(await take(6000, 7000), ["a", "c"])
    const { nextAt } = await storage.alerts.takeChecks({ now: 0, until: 1, limit: 1 })
    equal(nextAt !== null && nextAt <= 7000, true)
    for (const id of ["a", "c"]) await storage.alerts.settleCheck(check(id), 7000, null)
    deepEqual(await take(9e12, 9e12), [])
  })

  it("opens another one once that one is resolved", async () => {
    const { storage, organisation } = subject
    const first = await raise(alert())
    const over = { status: "resolved" as const, resolvedAt: now + 1, resolvesAt: null }
    await storage.alerts.change(organisation, first.id, (found) => ({ alert: { ...found, ...over }, jobs: [] }))
    const second = alert({ id: newId(now + 2) })
    let open: Alert | null = first
    await storage.alerts.raise(keyOf(second), (found) => {
      open = found
      return { alert: second, jobs: [] }
    })
    equal(open, null)
    const page = await storage.alerts.list(organisation, {}, { limit: 1 })
    deepEqual(page.items, [second])
    const rest = await storage.alerts.list(organisation, {}, { limit: 1, cursor: page.next ?? "" })
    deepEqual([rest.items, rest.next], [[{ ...first, ...over }], null])
    const resolved = await storage.alerts.list(organisation, { status: "resolved", function: "f" }, { limit: 9 })
    deepEqual(resolved.items, [{ ...first, ...over }])
  })

  it("puts the jobs of a change with it, and changes nothing where it is not wanted", async () => {
    const { storage, organisation } = subject
    const [first, second] = [sampleJob(organisation), sampleJob(organisation)]
    const given = alert()
    await storage.alerts.raise(keyOf(given), () => ({ alert: given, jobs: [first] }))
    equal((await storage.queue.find(organisation, first.id))?.id, first.id)
    equal(await storage.alerts.change(organisation, given.id, () => null), null)
    await storage.alerts.change(organisation, given.id, (found) => ({ alert: found, jobs: [second] }))
    equal((await storage.queue.find(organisation, second.id))?.id, second.id)
    equal(await storage.alerts.change(organisation, "missing", (found) => ({ alert: found, jobs: [] })), null)
    equal(await storage.alerts.change(organisation, given.id, () => "remove"), null)
    equal(await storage.alerts.find(organisation, given.id), null)
  })

  it("lists open ones by when they resolve, and removes those that have long been over", async () => {
    const { storage, organisation } = subject
    const late = await raise(alert({ function: "late", resolvesAt: 7 }))
    const soon = await raise(alert({ function: "soon", resolvesAt: 5 }))
    const over = await raise(alert({ function: "over", status: "resolved", resolvesAt: null, resolvedAt: 3 }))
    const own = (await storage.alerts.listOpen(100)).filter((one) => one.organisation === organisation)
    deepEqual(own, [soon, late])
    await storage.alerts.expire(3, 1000)
    deepEqual(await storage.alerts.find(organisation, over.id), over)
    await storage.alerts.expire(4, 1000)
    equal(await storage.alerts.find(organisation, over.id), null)
  })

  it("keeps silences until they are over", async () => {
    const { storage, organisation } = subject
    const silence: AlertSilence = {
      organisation,
      id: newId(now),
      ruleId: null,
      function: "f",
      from: now,
      until: now + 10,
      reason: awkwardText,
      actor: "ada",
      createdAt: now,
    }
    await storage.alerts.addSilence(silence)
    deepEqual(await storage.alerts.listSilences(organisation, now + 9), [silence])
    deepEqual(await storage.alerts.listSilences(organisation, now + 10), [])
    equal(await storage.alerts.removeSilence(organisation, silence.id), true)
    equal(await storage.alerts.removeSilence(organisation, silence.id), false)
  })
}
