/** Ids of one call's operations. With as many calls, the ids together are what a number can tell apart. */
const idsOfCall = 2 ** 26
const calls = 2 ** 27

/** The number before the first id of a call's operations: the ids say which call began them. */
export function idBefore(callId: number): number {
  return (callId % calls) * idsOfCall
}

/** Whether an operation's id is one of this call's. */
export function isOfCall(id: number, callId: number): boolean {
  return id > idBefore(callId) && id < idBefore(callId) + idsOfCall
}
