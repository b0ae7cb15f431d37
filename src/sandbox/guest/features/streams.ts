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
  provide("streams", classes, streamsOfBodies)
}
