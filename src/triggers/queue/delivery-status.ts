import type { Job } from "../../model/job.ts"

/** What has become of something that is handed on, by its job. */
export const deliveryStatus: Readonly<
  Record<Job["status"], "queued" | "running" | "delivered" | "failed" | "cancelled">
> = {
  delayed: "queued",
  held: "queued",
  waiting: "queued",
  running: "running",
  succeeded: "delivered",
  failed: "failed",
  cancelled: "cancelled",
}
