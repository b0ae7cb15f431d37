import type { AlertNotification, NotificationReason } from "../../src/ports/notifier.ts"
import { sampleAlert } from "../../src/testing/storage-contract/samples.ts"

/** A notification with ids that tests can name. */
export function exampleNotification(): AlertNotification & { readonly reason: NotificationReason } {
  const alert = sampleAlert("default", { id: "alert-1", function: "transform" })
  return { id: "notification-1", reason: "firing", alert, digest: null, title: "Alert", lines: ["transform was slow."] }
}
