import {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from "web-streams-polyfill"
import { provide } from "../feature.ts"
import { asInterface } from "../webidl.ts"
import { type StreamsFeature, streamsOfBodies } from "./streams/body.ts"
import { TextDecoderStream, TextEncoderStream } from "./streams/text.ts"

declare module "../feature.ts" {
  interface Features {
    streams: StreamsFeature
  }
}

const classes = {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TextDecoderStream,
  TextEncoderStream,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
}

export default function define(): void {
  for (const [name, type] of Object.entries(classes)) asInterface(type, name)
  inheritAsyncIterator()
  provide("streams", classes, streamsOfBodies)
}

/** What iterates over a stream inherits from the language's own, as the standard says; the polyfill's inherits from nothing. */
function inheritAsyncIterator(): void {
  const { prototype } = async function* (): AsyncGenerator {}
  const ofAll: unknown = Object.getPrototypeOf(Object.getPrototypeOf(prototype))
  Object.setPrototypeOf(Object.getPrototypeOf(new ReadableStream().values()), ofAll as object)
}
