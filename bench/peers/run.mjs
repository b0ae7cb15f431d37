// Measures one peer, named by its first argument, and prints its figures: a process of its own, so that a peer that
// cannot be loaded, or crashes, harms no other row.
import { latency, throughput } from "../tools/measure.mjs"
import { httpPeers } from "./http-peers.mjs"
import { peers } from "./peers.mjs"

const { prepare, rounds } = { ...peers, ...httpPeers }[process.argv[2]]
const call = await prepare()
const { p50, p99 } = await latency(call, rounds)
const callsPerSecond = await throughput(call, { ...rounds, inFlight: 64 })
console.log(JSON.stringify({ p50Microseconds: p50, p99Microseconds: p99, callsPerSecond }))
process.exit(0)
