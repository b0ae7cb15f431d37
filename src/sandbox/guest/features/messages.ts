import { cloneKinds } from "../clone-kinds.ts"
import { provide } from "../feature.ts"
import { ErrorEvent } from "./messages/error-event.ts"
import { dispatchError, dispatchRejection, globalHandlers } from "./messages/global-handlers.ts"
import { MessageEvent } from "./messages/message-event.ts"
import { isPort, MessageChannel, MessagePort, portRefusal, transferPort } from "./messages/message-port.ts"
import { PromiseRejectionEvent } from "./messages/promise-rejection-event.ts"

declare module "../feature.ts" {
  interface Features {
    messages: {
      /** Tells the global object's listeners of what nobody has caught; gives whether one has dealt with it. */
      dispatchError(thrown: unknown): boolean
      /** The same for a rejection that nobody handles. */
      dispatchRejection(promise: object, reason: unknown): boolean
    }
  }
}

export default function define(): void {
  cloneKinds[cloneKinds.length] = {
    is: isPort,
    refusal: (value) => portRefusal(value as MessagePort),
    transfer: (value) => transferPort(value as MessagePort),
  }
  const classes = { ErrorEvent, MessageChannel, MessageEvent, MessagePort, PromiseRejectionEvent }
  provide("messages", classes, { dispatchError, dispatchRejection }, globalHandlers)
}
