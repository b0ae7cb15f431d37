import { httpPeers, inlayOverHttp } from "../peers/http-peers.mjs"
import { installPeers } from "../peers/install.mjs"
import { peers } from "../peers/peers.mjs"
import { runChild } from "./child.mjs"
import { show } from "./report.mjs"

const all = { ...peers, ...httpPeers }

/** Measures every peer in this same run; one that cannot be installed or run says so in its row. */
export async function measurePeers() {
  const names = Object.keys(all)
  try {
    await installPeers()
  } catch (error) {
    return Object.fromEntries(names.map((name) => [name, { error: error.message }]))
  }
  const figures = {}
  for (const name of names) {
    figures[name] = await runChild("peers/run.mjs", [name]).catch((error) => ({ error: error.message }))
  }
  return figures
}

/**
 * Adds to each peer how many times slower than Inlay it is, and how many times fewer calls it makes: one that is called
 * over HTTP beside Inlay over HTTP.
 */
export function withRatios(figures, inProcess) {
  const overHttp = figures[inlayOverHttp]
  return Object.fromEntries(
    Object.entries(figures).map(([name, peer]) => {
      const own = name in httpPeers ? overHttp : inProcess
      if (peer.error !== undefined || own.error !== undefined) return [name, peer]
      const latencyRatio = peer.p50Microseconds / own.p50Microseconds
      return [name, { ...peer, latencyRatio, throughputRatio: own.callsPerSecond / peer.callsPerSecond }]
    }),
  )
}

/** The peers as a table beside Inlay. */
export function peersTable(figures, own) {
  const header = ["a fresh sandbox for each call", "p50", "p99", "64 in flight", "slower than Inlay", "fewer calls"]
  const line = (name, figure) => [
    name,
    show(figure.p50Microseconds, "µs"),
    show(figure.p99Microseconds, "µs"),
    show(figure.callsPerSecond, "/s"),
    figure.latencyRatio === undefined ? "" : `${figure.latencyRatio.toFixed(1)} ×`,
    figure.throughputRatio === undefined ? "" : `${figure.throughputRatio.toFixed(1)} ×`,
  ]
  return {
    header,
    lines: [
      line("Inlay, everything recorded", own),
      ...Object.entries(figures).map(([name, figure]) =>
        figure.error === undefined
          ? line(`${name}, ${all[name].what}`, figure)
          : [name, "not measured", "", "", "", figure.error.slice(0, 80)],
      ),
    ],
  }
}
