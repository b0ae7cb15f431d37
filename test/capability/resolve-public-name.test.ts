import { createSocket, type Socket } from "node:dgram"
import { once } from "node:events"
import { afterEach, beforeEach, expect, test } from "vitest"
import { resolvePublicName } from "../../adapters/capability/checked-connector.ts"

const typeA = 1
const typeAaaa = 28
const answers: Readonly<Record<string, Readonly<Record<number, readonly (readonly number[])[]>>>> = {
  "both.example": {
    [typeA]: [
      [93, 184, 216, 34],
      [93, 184, 216, 35],
    ],
    [typeAaaa]: [ipv6(0x2606, 0x2800, 1)],
  },
  "four.example": { [typeA]: [[10, 0, 0, 1]] },
  "six.example": { [typeAaaa]: [ipv6(0x2606, 0x2800, 2)] },
  "made-up.example": { [typeA]: [[93, 184, 216, 34]], [typeAaaa]: [ipv6(0x64, 0xff9b, 0x5db8)] },
}

let socket: Socket
let asked: string[]
let server: string

beforeEach(async () => {
  asked = []
  socket = createSocket("udp4").bind(0, "127.0.0.1")
  socket.on("message", (query, from) => socket.send(answer(query), from.port, from.address))
  await once(socket, "listening")
  server = `127.0.0.1:${socket.address().port}`
})

afterEach(() => {
  socket.close()
})

function ipv6(first: number, second: number, last: number): readonly number[] {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16BE(first, 0)
  bytes.writeUInt16BE(second, 2)
  bytes.writeUInt16BE(last, 14)
  return [...bytes]
}

/** The answer of a name server (RFC 1035): the question again, then one record per address; else "no such name". */
function answer(query: Buffer): Buffer {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = query.readUInt16BE(at + 1)
  const name = labels.join(".").toLowerCase()
  asked.push(name)
  const found = answers[name]?.[type] ?? []
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(answers[name] ? 0x8180 : 0x8183, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(found.length, 6)
  const records = found.map((address) =>
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length, ...address]),
  )
  return Buffer.concat([header, query.subarray(12, at + 5), ...records])
}

test("a name has all its addresses, of both families", async () => {
  expect([...(await resolvePublicName("both.example", [server]))].sort()).toEqual([
    "2606:2800::1",
    "93.184.216.34",
    "93.184.216.35",
  ])
})

test("a name may have addresses of one family, private ones too: judging them is not done here", async () => {
  expect(await resolvePublicName("four.example", [server])).toEqual(["10.0.0.1"])
  expect(await resolvePublicName("six.example", [server])).toEqual(["2606:2800::2"])
})

test("addresses that a DNS64 server makes up are left out", async () => {
  expect(await resolvePublicName("made-up.example", [server])).toEqual(["93.184.216.34"])
})

test("an unknown name has none, and is not looked for in search domains", async () => {
  expect(await resolvePublicName("nobody", [server])).toEqual([])
  expect(new Set(asked)).toEqual(new Set(["nobody"]))
})
