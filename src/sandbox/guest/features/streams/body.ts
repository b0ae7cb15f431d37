import {
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBRequest,
  TransformStream,
  TransformStreamDefaultController,
} from "web-streams-polyfill"
import { copyBytes } from "../../bytes.ts"
import {
  bufferLength,
  promiseThen,
  typedArrayByteLength,
  typedArrayName,
  typedArraySet,
  uncurry,
} from "../../primordials.ts"
import type { ByteSource } from "../../remote-body.ts"
import { readableOf, writableOf } from "./pair.ts"

/** Both sides of a transform, whatever a function's code has put on the prototypes. */
export interface Transform {
  readable(): object
  writable(): object
}

/** Hands out a chunk; `next` is called when the reader wants more, or reads no more. */
export type Emit = (chunk: unknown, next: () => void) => void

/** What a transform is made of. Each of `push` and `end` calls one of the last two arguments when it has done its work. */
export interface Transformer {
  push(chunk: unknown, emit: Emit, done: () => void, failed: (reason: unknown) => void): void
  end(emit: Emit, done: () => void, failed: (reason: unknown) => void): void
  /** Nobody reads, or nobody writes, any more. */
  cancel(): void
}

/** What the bodies of requests and responses do with streams, and other features. */
export interface StreamsFeature {
  /** Whether a value is a ReadableStream. */
  is(value: object): boolean
  /** Whether something was read from a stream, or it was cancelled. */
  isDisturbed(stream: object): boolean
  /** Whether a stream has a reader. */
  isLocked(stream: object): boolean
  /** A byte stream of what a source gives. It is asked for what is read, and no sooner. */
  wrap(source: ByteSource): object
  /**
   * What `wrap` was given, where it is of the kind that is wanted, and nobody has a reader of the stream or has read from
   * it; it is locked from now on.
   */
  takeSource<Source extends ByteSource>(
    stream: object,
    isWanted: (source: unknown) => source is Source,
  ): Source | undefined
  /** A stream that gives what another one gives; the other is locked from now on. */
  take(stream: object): object
  /** Two streams that give what one gives; it is locked from now on. */
  tee(stream: object): readonly [object, object]
  /** A transform of chunks that gives no more at a time than its reader wants. */
  transform(transformer: Transformer): Transform
  /** Reads a stream chunk by chunk: the next one when `take` asks for it. Gives a function that cancels it. */
  each(
    stream: object,
    take: (chunk: Uint8Array, next: () => void) => void,
    ended: () => void,
    failed: (reason: unknown) => void,
  ): (reason: unknown) => void
  /** Reads a stream to its end. One of `read` and `failed` is called. Gives a function that cancels it. */
  collect(
    stream: object,
    read: (bytes: ArrayBuffer) => void,
    failed: (reason: unknown) => void,
  ): (reason: unknown) => void
}

type Stream = ReadableStream<Uint8Array>
type Reader = ReturnType<Stream["getReader"]>
interface Marked {
  readonly _disturbed: boolean
}
interface Pressed {
  readonly _transformStreamController: TransformStreamDefaultController<unknown>
  readonly _backpressure: boolean
  readonly _backpressureChangePromise: Promise<void>
}

// As they were made: a function's code can replace them on the prototypes.
const isLocked = uncurry(Object.getOwnPropertyDescriptor(ReadableStream.prototype, "locked")?.get as () => boolean)
const getReader = uncurry(ReadableStream.prototype.getReader as () => Reader) as (stream: object) => Reader
const pipeThrough = uncurry(ReadableStream.prototype.pipeThrough) as (stream: object, pair: object) => object
const tee = uncurry(ReadableStream.prototype.tee) as (stream: object) => [object, object]
const readerPrototype = Object.getPrototypeOf(new ReadableStream().getReader()) as Reader
const read = uncurry(readerPrototype.read) as (reader: Reader) => Promise<{ done: boolean; value?: unknown }>
const cancel = uncurry(readerPrototype.cancel) as (reader: Reader, reason: unknown) => Promise<void>

type Controller = ReadableByteStreamController
const bytes = ReadableByteStreamController.prototype
const give = uncurry(bytes.enqueue as (this: Controller, chunk: Uint8Array) => void)
const close = uncurry(bytes.close as (this: Controller) => void)
const breakOff = uncurry(bytes.error as (this: Controller, reason: unknown) => void)
const requestOf = uncurry(
  Object.getOwnPropertyDescriptor(bytes, "byobRequest")?.get as (this: Controller) => ReadableStreamBYOBRequest | null,
)
const respond = uncurry(ReadableStreamBYOBRequest.prototype.respond as (this: unknown, size: number) => void)

/** What the streams that `wrap` made are of. */
const sources = new WeakMap<object, ByteSource>()
const sourceOf = uncurry(WeakMap.prototype.get) as (map: typeof sources, stream: object) => ByteSource | undefined
const setSource = uncurry(WeakMap.prototype.set) as (map: typeof sources, stream: object, source: ByteSource) => unknown

const enqueue = uncurry(TransformStreamDefaultController.prototype.enqueue) as (
  controller: TransformStreamDefaultController<unknown>,
  chunk: unknown,
) => void

export const streamsOfBodies: StreamsFeature = {
  is: (value) => value instanceof ReadableStream && "_readableStreamController" in value,
  isDisturbed: (stream) => (stream as unknown as Marked)._disturbed,
  isLocked: (stream) => isLocked(stream as Stream),
  wrap(source) {
    const stream: object = new ReadableStream({
      type: "bytes",
      start: (controller) => source.watch?.((reason) => breakOff(controller, reason)),
      pull: (controller) => new Promise<void>((resolve, reject) => pullInto(controller, source, resolve, reject)),
      cancel: () => source.cancel?.(),
    })
    setSource(sources, stream, source)
    return stream
  },
  takeSource(stream, isWanted) {
    const source = sourceOf(sources, stream)
    if (!isWanted(source) || (stream as Marked)._disturbed || isLocked(stream as Stream)) return undefined
    getReader(stream)
    return source
  },
  take: (stream) => pipeThrough(stream, new TransformStream()),
  tee: (stream) => tee(stream),
  transform(transformer) {
    const emit: Emit = (chunk, next) => {
      const { _transformStreamController: controller } = pair as unknown as Pressed
      enqueue(controller, chunk)
      const { _backpressure: full, _backpressureChangePromise: room } = pair as unknown as Pressed
      if (full) promiseThen(room, next)
      else next()
    }
    const pair = new TransformStream<unknown, unknown>({
      transform: (chunk) => new Promise((done, failed) => transformer.push(chunk, emit, done as () => void, failed)),
      flush: () => new Promise((done, failed) => transformer.end(emit, done as () => void, failed)),
      cancel: () => transformer.cancel(),
    })
    return { readable: () => readableOf(pair), writable: () => writableOf(pair) }
  },
  each(stream, take, ended, failed) {
    const reader = getReader(stream)
    const next = (): void => {
      promiseThen(
        read(reader),
        (result) => {
          // A `then` on Object.prototype puts anything in its place.
          const { done, value } = (result ?? nothing) as { done?: boolean; value?: unknown }
          if (done) {
            ended()
            return
          }
          if (typedArrayName(value) !== "Uint8Array") {
            const error = new TypeError("Cannot read the body: its stream gave what is no Uint8Array")
            ignore(cancel(reader, error))
            failed(error)
            return
          }
          take(value as Uint8Array, next)
        },
        failed,
      )
    }
    next()
    return (reason) => ignore(cancel(reader, reason))
  },
  collect(stream, done, failed) {
    const chunks: Uint8Array[] = []
    let total = 0
    const take = (chunk: Uint8Array, next: () => void): void => {
      total += typedArrayByteLength(chunk)
      chunks[chunks.length] = chunk
      next()
    }
    return streamsOfBodies.each(stream, take, () => done(join(chunks, total)), failed)
  },
}

function pullInto(
  controller: Controller,
  source: ByteSource,
  resolve: () => void,
  reject: (reason: unknown) => void,
): void {
  source.pull((chunk, last) => {
    if (chunk !== undefined && bufferLength(chunk) > 0) give(controller, new Uint8Array(chunk))
    if (last) {
      close(controller)
      const request = requestOf(controller)
      if (request !== null) respond(request, 0)
    }
    resolve()
  }, reject)
}

function ignore(promise: Promise<void>): void {
  promiseThen(promise, nothing, nothing)
}

function nothing(): void {
  // What a cancelled stream says no longer matters.
}

function join(chunks: readonly Uint8Array[], total: number): ArrayBuffer {
  if (chunks.length === 1) return copyBytes(chunks[0] as Uint8Array)
  const joined = new Uint8Array(total)
  let at = 0
  for (let index = 0; index < chunks.length; index++) {
    const chunk = chunks[index] as Uint8Array
    typedArraySet(joined, chunk, at)
    at += typedArrayByteLength(chunk)
  }
  return joined.buffer
}
