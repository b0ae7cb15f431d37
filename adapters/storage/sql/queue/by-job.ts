import type { Lease } from "../../../../src/model/job.ts"

/** The order in which rows of jobs are changed together, so that two who change the same ones do not wait for one another. */
export function byJob({ job: one }: Lease, { job: other }: Lease): number {
  return compare(one.organisation, other.organisation) || compare(one.id, other.id)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
