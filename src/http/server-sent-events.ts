/** What an event stream is read from. */
export interface EventSource<Item> {
  readonly items: AsyncIterableIterator<Item, undefined> & { return(): Promise<unknown> }
  toEvent(item: Item): string
}

/** What may be said between two events. */
export interface EventChannel {
  tell(event: string): void
  /** A comment, which tells proxies that the stream is not dead; left out where nobody has read what is there. */
  keepAlive(): void
}

/** One event of a stream (HTML, 9.2.5); its data is JSON, which has no line breaks. */
export function toEventText(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** A body of server-sent events, filled as fast as it is read. */
export function toEventStream<Item>(
  open: (channel: EventChannel) => EventSource<Item>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  let source: EventSource<Item>
  return new ReadableStream({
    start(controller) {
      const tell = (text: string) => controller.enqueue(encoder.encode(text))
      const keepAlive = () => {
        if ((controller.desiredSize ?? 0) > 0) tell(": here\n\n")
      }
      source = open({ tell, keepAlive })
      // Headers go out with the first bytes.
      keepAlive()
    },
    async pull(controller) {
      const { value, done } = await source.items.next()
      if (done || value === undefined) controller.close()
      else controller.enqueue(encoder.encode(source.toEvent(value)))
    },
    async cancel() {
      await source.items.return()
    },
  })
}
