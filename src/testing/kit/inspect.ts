import type { Job, JobStatus } from "../../model/job.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import type { Functions } from "../../service/functions.ts"
import type { MemoryStorage, SentMessage } from "./embedded.ts"
import type { Inspection } from "./test-kit.ts"

const open: readonly JobStatus[] = ["delayed", "held", "waiting", "running"]

/** Reads what there is in an organisation. */
export async function inspect(
  functions: Functions,
  { storage, listPipelinesRun }: MemoryStorage,
  messages: readonly SentMessage[],
  now: number,
): Promise<Inspection> {
  const { organisationId, pipelines, triggers, deadLetters } = functions
  const jobs: Job[] = []
  for (const status of open) jobs.push(...(await all((page) => storage.queue.list(organisationId, { status }, page))))
  const runs = []
  for (const name of listPipelinesRun(organisationId)) {
    runs.push(...(await all((page) => pipelines.listRuns(name, page))))
  }
  const firings = []
  for (const { id } of await all((page) => triggers.list({}, page))) {
    firings.push(...(await all((page) => triggers.firings(id, page))))
  }
  return {
    now,
    jobs: jobs.sort((one, other) => one.runAt - other.runAt || compare(one.id, other.id)),
    runs: runs.sort((one, other) => compare(one.id, other.id)),
    firings: firings.sort((one, other) => compare(one.id, other.id)),
    deadLetters: (await all((page) => deadLetters.list({}, page))).reverse(),
    messages: messages.filter(({ organisation }) => organisation === organisationId),
  }
}

/** All pages of a list. */
async function all<Item>(read: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const page = await read({ limit: 1000, ...(cursor !== undefined && { cursor }) })
    items.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return items
}

/** Ids are time-ordered. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
