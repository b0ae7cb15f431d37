import type { AlertNotification, Notifier } from "../../src/ports/notifier.ts"

/** A notifier that keeps what it was told. */
export interface RecordingNotifier extends Notifier {
  readonly told: readonly AlertNotification[]
  /** What it throws from now on; undefined takes everything. */
  failure: Error | undefined
  /** How often it was asked. */
  tries: number
}

/** Creates one that takes everything. */
export function createRecordingNotifier(): RecordingNotifier {
  const told: AlertNotification[] = []
  const notifier: RecordingNotifier = {
    type: "recording",
    told,
    failure: undefined,
    tries: 0,
    async notify(notification) {
      notifier.tries++
      if (notifier.failure) throw notifier.failure
      told.push(notification)
    },
  }
  return notifier
}
