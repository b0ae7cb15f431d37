/** What a guest is told of a call, apart from its input. */
export interface CallFields {
  /** JSON text of four random words. */
  readonly seed: string
  readonly invocationId: string
  readonly traceId: string
  readonly functionName: string
  /** Epoch milliseconds. */
  readonly deadline: number
  readonly kind: "event" | "http"
  /** JSON text. */
  readonly environment: string
  /** The caller takes the body of a response as it is made. */
  readonly streams: boolean
  readonly request:
    | {
        readonly method: string
        readonly url: string
        readonly headers: readonly (readonly [string, string])[]
        readonly params: Readonly<Record<string, string>>
      }
    | undefined
  /** The call's number in the process. */
  readonly call: number
  /** The sandbox may have had calls before this one, and may get others. */
  readonly keeps: boolean
}

/**
 * The JSON text that a call begins with. A list, whose order the guest knows: names would be most of what it parses for a
 * small call. Every place is filled, so that nothing which the guest's code put on prototypes shows through.
 */
export function writeCallHead(fields: CallFields): string {
  const { seed, invocationId, traceId, functionName, deadline, kind, environment, streams, request, call, keeps } =
    fields
  const asked = request
    ? `${JSON.stringify([request.method, request.url, request.headers])},${JSON.stringify(request.params)}`
    : "null,null"
  return `[${seed},"${invocationId}","${traceId}",${JSON.stringify(functionName)},${deadline},"${kind}",${environment},${streams},${asked},${call},${keeps}]`
}
