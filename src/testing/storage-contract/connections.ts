import { deepEqual, equal } from "node:assert/strict"
import type { ConnectionRecord } from "../../ports/connection-storage.ts"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleTime as now } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Accounts at providers, and requests for them. */
export function describeConnections({ it }: ContractRunner, subject: StorageSubject): void {
  const sample = (organisation: string, provider = "acme") => ({
    organisation,
    provider,
    status: "connected" as const,
    account: `O'Brien "😀" $1 ?`,
    scopes: ["read", awkwardText],
    sealed: "sealed",
    expiresAt: now + 10,
    connectedAt: now,
    updatedAt: now,
  })
  const tokens = { status: "connected" as const, scopes: [], sealed: "new", expiresAt: null, updatedAt: now + 5 }

  async function saved(): Promise<ConnectionRecord> {
    const { storage, organisation } = subject
    await storage.connections.save(sample(organisation))
    const record = await storage.connections.find(organisation, "acme")
    if (!record) throw new Error("The account was not kept.")
    return record
  }

  it("keeps an account of an organisation, lists and removes it", async () => {
    const { storage, organisation } = subject
    const { revision, ...record } = await saved()
    deepEqual(record, { ...sample(organisation), refreshingUntil: null })
    await storage.connections.save(sample(organisation, "Zeta"))
    await storage.connections.save({ ...sample(organisation), account: null, expiresAt: null })
    const listed = await storage.connections.list(organisation)
    deepEqual(
      listed.map(({ provider, account, expiresAt }) => [provider, account, expiresAt]),
      [
        ["Zeta", sample("").account, now + 10],
        ["acme", null, null],
      ],
    )
    equal((listed[1]?.revision ?? 0) > revision, true)
    equal(await storage.connections.find(`${organisation}-other`, "acme"), null)
    equal((await storage.connections.remove(organisation, "acme"))?.sealed, "sealed")
    equal(await storage.connections.remove(organisation, "acme"), null)
    equal(await storage.connections.find(organisation, "acme"), null)
  })

  it("lets one of ten refresh, and another one once its time is over", async () => {
    const { storage, organisation } = subject
    const { revision } = await saved()
    const claim = { revision, until: now + 30, now }
    const begin = () => storage.connections.beginRefresh(organisation, "acme", claim)
    const begun = await Promise.all(Array.from({ length: 10 }, begin))
    const [first = 0, ...others] = begun.filter((one) => one !== null)
    equal(others.length, 0)
    const again = (at: number) =>
      storage.connections.beginRefresh(organisation, "acme", { revision: first, until: at + 30, now: at })
    equal(await again(now + 29), null)
    const second = await again(now + 30)
    equal(second !== null, true)
    equal(await storage.connections.endRefresh(organisation, "acme", first, tokens), false)
    equal(await storage.connections.endRefresh(organisation, "acme", second ?? 0, tokens), true)
    const record = await storage.connections.find(organisation, "acme")
    deepEqual(record, { ...sample(organisation), ...tokens, refreshingUntil: null, revision: record?.revision })
  })

  it("ends a refresh without tokens, and leaves those that there were", async () => {
    const { storage, organisation } = subject
    const { revision, ...before } = await saved()
    const begun = await storage.connections.beginRefresh(organisation, "acme", { revision, until: now + 30, now })
    equal((await storage.connections.find(organisation, "acme"))?.refreshingUntil, now + 30)
    equal(await storage.connections.endRefresh(organisation, "acme", begun ?? 0, null), true)
    const { revision: after = 0, ...record } = (await storage.connections.find(organisation, "acme")) ?? {}
    deepEqual(record, before)
    equal(
      await storage.connections.beginRefresh(organisation, "acme", { revision: after, until: 1, now: 0 }),
      after + 1,
    )
  })

  it("lets no refresh end in an account that was connected again", async () => {
    const { storage, organisation } = subject
    for (const again of [async () => {}, () => storage.connections.remove(organisation, "acme")]) {
      const { revision } = await saved()
      const begun = await storage.connections.beginRefresh(organisation, "acme", { revision, until: now + 30, now })
      await again()
      await storage.connections.save({ ...sample(organisation), connectedAt: now + 100 })
      equal(await storage.connections.endRefresh(organisation, "acme", begun ?? 0, tokens), false)
      equal((await storage.connections.find(organisation, "acme"))?.sealed, "sealed")
    }
  })

  it("gives a request back once, to its organisation, and forgets it when its time has come", async () => {
    const { storage, organisation } = subject
    const pending = { organisation, stateHash: "h1", provider: "acme", sealed: "sealed", expiresAt: now + 10 }
    await storage.connections.addPending(pending, now)
    equal(await storage.connections.takePending(`${organisation}-other`, "h1"), null)
    const taken = await Promise.all(
      Array.from({ length: 5 }, () => storage.connections.takePending(organisation, "h1")),
    )
    deepEqual(
      taken.filter((one) => one !== null),
      [pending],
    )
    await storage.connections.addPending(pending, now)
    await storage.connections.addPending({ ...pending, stateHash: "h2", expiresAt: now + 20 }, now + 10)
    equal(await storage.connections.takePending(organisation, "h1"), null)
    equal((await storage.connections.takePending(organisation, "h2"))?.stateHash, "h2")
  })
}
